// Which release of brokers runs, and what a release needs. `KAFKA_VERSION=2.1.1` names one for a
// whole run; without it, brokers are of the pom's release, as the tools always are.

/** The release of the brokers; undefined: that of the pom. */
export const brokerVersion = process.env['KAFKA_VERSION']

/** Options of Maven's command line with which it finds a broker of `version`. */
export function mavenOptions(version: string): readonly string[] {
  // Kafka is built with Scala 2.13 since 2.4; later releases of 3, and all of 4, only with 2.13.
  const scala = isBefore(version, '2.4') ? '2.12' : '2.13'
  const profiles = needsOtherZooKeeper(version) ? ['-Pother-zookeeper'] : []
  return [`-Dkafka.version=${version}`, `-Dscala.version=${scala}`, ...profiles]
}

/**
 * Whether its brokers keep their metadata in ZooKeeper: KRaft exists since 3.0, and for production
 * since 3.3.
 */
export function runsOnZooKeeper(version: string | undefined): boolean {
  return version !== undefined && isBefore(version, '3.0')
}

/** Whether `version`, such as `2.4.1`, belongs to an older line than `line`, such as `2.5`. */
export function isBefore(version: string, line: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = line.split('.').map(Number)
  return major === otherMajor ? minor < otherMinor : major < otherMajor
}

/** The first two numbers: `2.4` of `2.4.1`. */
export function lineOf(version: string): string {
  return version.split('.', 2).join('.')
}

/** ZooKeeper's client before 3.5.8 finds no address on Java 14 and later (ZOOKEEPER-3779). */
function needsOtherZooKeeper(version: string): boolean {
  return isBefore(version, '2.5')
}

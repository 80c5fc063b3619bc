#!/usr/bin/env bash
# Writes the golden files anew with Apache's own Java code: the record batches beside this script and
# the murmur2 vectors of spec/partitioners/golden/. Needs Java 17 and Maven. What it writes is kept in
# the repository; a difference after a run means that Kafka changed, or that the programs did.
set -euo pipefail
cd "$(dirname "$0")"
pom=../../kafka/pom.xml
vectors=../../partitioners/golden
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -q -B -f "$pom" dependency:build-classpath -Dmdep.outputFile="$work/classpath"
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$pom")
export CLASSPATH="$work:$(cat "$work/classpath")"
javac -nowarn -encoding UTF-8 -d "$work" GoldenBatches.java "$vectors/JavaMurmur2.java"
rm -f ./*.bin
java GoldenBatches . "$version"
java JavaMurmur2 "$vectors" "$version"
echo "$(ls ./*.bin | wc -l) files of batches, $(grep -c '"hash"' "$vectors/java-murmur2.json") keys, by kafka-clients $version"

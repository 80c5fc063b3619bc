// PEM (RFC 7468): blocks of base64 between lines that say what they are. What stands before, between
// and behind them is passed over, as Java does.

/** One block. */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string
  /** The block alone, with its two lines. */
  readonly text: string
}

/** All blocks of a text, in order. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g)
  return [...found].map(([block, label]) => ({ label: label!, text: `${block}\n` }))
}

/** A certificate as PEM. */
export function certificatePem(der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

// PEM (RFC 7468): blocks of base64 between lines that name their content. Text before, between and behind
// them is ignored, as in Java.

/** One block. */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string
  /** The block alone, with its two lines. */
  readonly text: string
}

/**
 * All blocks of a text, in order. As in Java, a block may be on one line, with spaces for line breaks, as
 * in a properties file. A literal `\n`, as in an environment variable, is also a line break.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const lines = text.replaceAll('\\n', '\n')
  const found = lines.matchAll(
    /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----)[\s\S])*)-----END \1-----/g,
  )
  return [...found].map(([block, label, body]) => ({
    label: label!,
    text: body!.includes('Proc-Type:') ? `${block}\n` : framed(label!, base64Of(body!)),
  }))
}

/** Without header lines and spaces. */
function base64Of(body: string): string {
  return body.replaceAll(/^[^\n]*:[^\n]*$/gm, '').replaceAll(/\s/g, '')
}

function framed(label: string, base64: string): string {
  const lines = base64.replaceAll(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** A certificate as PEM. */
export function certificatePem(der: Uint8Array): string {
  return framed('CERTIFICATE', Buffer.from(der).toString('base64'))
}

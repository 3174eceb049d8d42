import { runFor } from '../support/run-for.ts'
import type { Site } from './site.ts'

/** What sslscan could agree on with the site, under a name or, for null, under none. */
export interface Scan {
  readonly versions: readonly string[]
  readonly suites: readonly string[]
  readonly groups: readonly string[]
}

export async function scan(site: Site, name: string | null): Promise<Scan> {
  const how = ['--no-colour', '--no-check-certificate', '--xml=-']
  const sni = name === null ? [] : [`--sni-name=${name}`]
  const { text } = await runFor('sslscan', [...how, ...sni, `127.0.0.1:${site.httpsPort}`])
  if (!text.includes('<protocol type="tls" version="1.2"')) throw new Error(`sslscan did not scan\n${text}`)
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)
  return {
    versions: all(/<protocol type="(?:ssl|tls)" version="([\d.]+)" enabled="1"/g),
    suites: all(/<cipher [^>]*cipher="(\w+)"/g),
    groups: all(/<group [^>]*name="([^"]+)"/g),
  }
}

/** All that the profile has. */
export const PROFILE: Scan = {
  versions: ['1.3'],
  suites: ['TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['x25519'],
}

/** The profile of the site's certificate and of the local CA: each property by the command that shows it. */
import { mustOpenssl, openssl } from './openssl.ts'

export interface Certificate {
  readonly domain: string
  readonly certificate: string
  readonly key: string
  /** The CA's certificate. */
  readonly ca: string
}

const DAYS_MS = 24 * 60 * 60 * 1000

const show = (file: string, ...options: string[]): Promise<string> =>
  mustOpenssl('x509', '-in', file, '-noout', ...options)
const showText = (file: string): Promise<string> => show(file, '-text')
const showExtension = async (file: string, name: string): Promise<string> => {
  const text = await show(file, '-ext', name)
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** A property of the site's certificate, and whether it has it. */
export const SITE_PROFILE: Readonly<Record<string, (of: Certificate) => Promise<boolean>>> = {
  'is X.509 v3': async ({ certificate }) => (await showText(certificate)).includes('Version: 3 (0x2)'),

  'is signed with SHA-384': async ({ certificate }) => {
    const lines = [...(await showText(certificate)).matchAll(/Signature Algorithm: (.+)/g)]
    return lines.length === 2 && lines.every(([, name]) => name === 'ecdsa-with-SHA384')
  },

  'has a key on P-384': async ({ certificate }) => {
    const text = await showText(certificate)
    return text.includes('Public Key Algorithm: id-ecPublicKey') && text.includes('NIST CURVE: P-384')
  },

  'belongs to its key': async ({ certificate, key }) =>
    (await show(certificate, '-pubkey')) === (await mustOpenssl('pkey', '-in', key, '-pubout')),

  'is critically no CA': async ({ certificate }) =>
    (await showExtension(certificate, 'basicConstraints')) === 'X509v3 Basic Constraints: critical CA:FALSE',

  'may critically make digital signatures and nothing else': async ({ certificate }) =>
    (await showExtension(certificate, 'keyUsage')) === 'X509v3 Key Usage: critical Digital Signature',

  'is for servers only': async ({ certificate }) =>
    (await showExtension(certificate, 'extendedKeyUsage')) ===
    'X509v3 Extended Key Usage: TLS Web Server Authentication',

  'names its own key and the CA’s': async ({ certificate, ca }) => {
    const own = await readIdentifier(certificate, 'subjectKeyIdentifier')
    const issuer = await readIdentifier(certificate, 'authorityKeyIdentifier')
    return own !== null && issuer !== null && issuer === (await readIdentifier(ca, 'subjectKeyIdentifier'))
  },

  'has the domain as its one alternative name': async ({ certificate, domain }) =>
    (await showExtension(certificate, 'subjectAltName')) === `X509v3 Subject Alternative Name: DNS:${domain}`,

  'has the domain as its common name': async ({ certificate, domain }) =>
    (await show(certificate, '-subject')).trim() === `subject=CN = ${domain}`,

  'is good for 90 days from now': async ({ certificate }) => {
    const dates = await show(certificate, '-dates')
    const [from = NaN, to = NaN] = [...dates.matchAll(/=(.+)/g)].map(([, date]) => Date.parse(String(date)))
    return to - from === 90 * DAYS_MS && from <= Date.now() && (await isGoodNow(certificate))
  },

  'has a positive serial number of 64 random bits or more, in 20 bytes or fewer': async ({ certificate }) => {
    const serial = (await show(certificate, '-serial')).trim().replace('serial=', '')
    return /^[0-7][0-9A-F]{17,39}$/.test(serial)
  },

  'points to no lists of revocations': async ({ certificate }) =>
    !/OCSP|CRL/.test(await showText(certificate)),

  'is signed by the CA, for the domain and for servers': async ({ certificate, ca, domain }) =>
    (await verify(ca, certificate, ['-purpose', 'sslserver', '-verify_hostname', domain])).isGood,
}

/** The properties of the site's certificate that it does not have. */
export async function findFaults(of: Certificate): Promise<string[]> {
  const judged = await Promise.all(
    Object.entries(SITE_PROFILE).map(async ([property, has]) => ((await has(of)) ? null : property)),
  )
  return judged.filter((property) => property !== null)
}

/** A strict check of the chain. */
export const verify = (ca: string, certificate: string, options: readonly string[] = []) =>
  openssl('verify', '-x509_strict', ...options, '-CAfile', ca, certificate)

/** An extension on one line. */
export const readExtension = showExtension

async function isGoodNow(certificate: string): Promise<boolean> {
  return (await openssl('x509', '-in', certificate, '-noout', '-checkend', '0')).isGood
}

async function readIdentifier(file: string, name: string): Promise<string | null> {
  return /([0-9A-F]{2}:){19}[0-9A-F]{2}/.exec(await showExtension(file, name))?.[0] ?? null
}

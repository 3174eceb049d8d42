/** Runs `certs/issue.sh`, and issues certificates that are wrong on purpose. */
import { execFile } from 'node:child_process'
import { chmod, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Said, mustOpenssl } from './openssl.ts'
import type { Certificate } from './profile.ts'

const SCRIPT = fileURLToPath(new URL('../../certs/issue.sh', import.meta.url))

/** Runs the script with nothing in its environment but this. */
export function runIssue(
  environment: Readonly<Record<string, string>>,
  ...command: readonly string[]
): Promise<Said> {
  const env = { PATH: process.env['PATH'], ...environment }
  return new Promise((resolve) => {
    execFile(SCRIPT, command, { env }, (error, output, complaint) =>
      resolve({ isGood: error === null, text: output + complaint }),
    )
  })
}

/** A CA and a certificate in `folder`, as the script makes them. Throws with what it said when it fails. */
export async function issueCertificate(folder: string, domain: string): Promise<Certificate> {
  const { isGood, text } = await runIssue({ CERTS_FOLDER: folder, DOMAIN: domain })
  if (!isGood) throw new Error(text)
  return {
    domain,
    certificate: path.join(folder, 'site/certificate.pem'),
    key: path.join(folder, 'site/key.pem'),
    ca: path.join(folder, 'ca/certificate.pem'),
  }
}

/** What is different from the profile. */
export interface Flaw {
  readonly curve?: string
  readonly digest?: string
  readonly days?: number
  readonly serial?: string
  readonly subject?: string
  /** Extensions, each in place of the right one of that name; an empty value leaves it out, `none` an identifier. */
  readonly extensions?: Readonly<Record<string, string>>
  /** Without any extension. */
  readonly isBare?: boolean
  /** Another key stands beside the certificate. */
  readonly hasOtherKey?: boolean
}

const EXTENSIONS = {
  basicConstraints: 'critical,CA:FALSE',
  keyUsage: 'critical,digitalSignature',
  extendedKeyUsage: 'serverAuth',
  subjectKeyIdentifier: 'hash',
  authorityKeyIdentifier: 'keyid:always',
}

/** Signs a certificate by the CA and key of `right` that follows the profile but for the flaw. */
export async function issueFlawed(right: Certificate, caKey: string, flaw: Flaw): Promise<Certificate> {
  const folder = path.dirname(path.dirname(right.certificate))
  const of = (name: string): string => path.join(folder, `flawed-${name}`)
  const { curve = 'secp384r1', digest = 'sha384', days = 90, subject = `/CN=${right.domain}` } = flaw
  const { serial = '0x123456789ABCDEF0123456789ABCDEF0', extensions = {} } = flaw
  const lines = Object.entries({
    ...EXTENSIONS,
    subjectAltName: `DNS:${right.domain}`,
    ...extensions,
  }).filter(([, value]) => value !== '')
  await writeFile(
    of('extensions.cnf'),
    ['[site]', ...lines.map(([name, value]) => `${name} = ${value}`), ''].join('\n'),
  )
  await makeKey(of('key.pem'), curve)
  await mustOpenssl('req', '-new', '-key', of('key.pem'), '-subj', subject, '-out', of('request.pem'))
  const files = ['-in', of('request.pem'), '-out', of('certificate.pem')]
  const by = ['-CA', right.ca, '-CAkey', caKey, '-set_serial', serial, `-${digest}`, '-days', String(days)]
  const extra = flaw.isBare ? [] : ['-extfile', of('extensions.cnf'), '-extensions', 'site']
  await mustOpenssl('x509', '-req', ...files, ...by, ...extra)
  if (flaw.hasOtherKey) await makeKey(of('key.pem'), curve)
  return { ...right, certificate: of('certificate.pem'), key: of('key.pem') }
}

/** A key on a named curve. */
export async function makeKey(file: string, curve = 'secp384r1'): Promise<void> {
  await rm(file, { force: true })
  await mustOpenssl('ecparam', '-name', curve, '-genkey', '-noout', '-out', file)
  await chmod(file, 0o400)
}

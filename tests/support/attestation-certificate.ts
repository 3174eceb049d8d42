/** A certificate as makers of security keys put it into them, made for one test by OpenSSL. */
import { createSign, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface AttestationCertificate {
  /** DER. */
  readonly certificate: Uint8Array
  /** ECDSA with SHA-256, by the key of the certificate. */
  readonly sign: (signed: Buffer) => Buffer
}

export async function makeAttestationCertificate(): Promise<AttestationCertificate> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-attestation-'))
  try {
    const [keyFile, file] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')]
    const subject = '/C=DE/O=Letterlock/OU=Authenticator Attestation/CN=A key for tests'
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const parts = ['-subj', subject, '-addext', 'basicConstraints=critical,CA:FALSE']
    await run('openssl', ['req', ...kind, ...parts, '-keyout', keyFile, '-out', file])
    const privateKey = await readFile(keyFile)
    const { raw } = new X509Certificate(await readFile(file))
    return {
      certificate: new Uint8Array(raw),
      sign: (signed) => createSign('sha256').update(signed).sign(privateKey),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

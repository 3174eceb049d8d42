import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Flaw, issueCertificate, issueFlawed } from './issue.ts'
import { type Certificate, findFaults, readExtension, SITE_PROFILE, verify } from './profile.ts'

const DOMAIN = 'chat.test'
let folder: string
let right: Certificate
let caKey: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-certs-'))
  right = await issueCertificate(folder, DOMAIN)
  caKey = path.join(folder, 'ca/key.pem')
})
afterAll(() => rm(folder, { recursive: true }))

describe('the site’s certificate', () => {
  test.each(Object.keys(SITE_PROFILE))('%s', async (property) => {
    expect(await SITE_PROFILE[property]?.(right)).toBe(true)
  })

  const leafFlaws: [string, Flaw][] = [
    ['is X.509 v3', { isBare: true }],
    ['is signed with SHA-384', { digest: 'sha256' }],
    ['has a key on P-384', { curve: 'prime256v1' }],
    ['belongs to its key', { hasOtherKey: true }],
    ['is critically no CA', { extensions: { basicConstraints: 'CA:FALSE' } }],
    ['is critically no CA', { extensions: { basicConstraints: '' } }],
    [
      'may critically make digital signatures and nothing else',
      { extensions: { keyUsage: 'digitalSignature' } },
    ],
    [
      'may critically make digital signatures and nothing else',
      { extensions: { keyUsage: 'critical,digitalSignature,keyAgreement' } },
    ],
    ['is for servers only', { extensions: { extendedKeyUsage: 'serverAuth,clientAuth' } }],
    ['is for servers only', { extensions: { extendedKeyUsage: 'critical,serverAuth' } }],
    ['names its own key and the CA’s', { extensions: { authorityKeyIdentifier: 'none' } }],
    ['names its own key and the CA’s', { extensions: { subjectKeyIdentifier: 'none' } }],
    ['has the domain as its one alternative name', { extensions: { subjectAltName: '' } }],
    [
      'has the domain as its one alternative name',
      { extensions: { subjectAltName: 'DNS:chat.test,DNS:more.test' } },
    ],
    ['has the domain as its common name', { subject: '/CN=evil.test' }],
    ['is good for 90 days from now', { days: 91 }],
    ['is good for 90 days from now', { days: 397 }],
    ['has a positive serial number of 64 random bits or more, in 20 bytes or fewer', { serial: '1' }],
    [
      'points to no lists of revocations',
      { extensions: { crlDistributionPoints: 'URI:http://chat.test/crl' } },
    ],
    [
      'points to no lists of revocations',
      { extensions: { authorityInfoAccess: 'OCSP;URI:http://chat.test/' } },
    ],
    [
      'is signed by the CA, for the domain and for servers',
      { extensions: { subjectAltName: 'DNS:other.test' }, subject: '/CN=other.test' },
    ],
  ]

  test.each(leafFlaws)('is found wrong when it does not: %s, %o', async (property, flaw) => {
    expect(await SITE_PROFILE[property]?.(await issueFlawed(right, caKey, flaw))).toBe(false)
  })

  test('made by the same steps without a flaw has no fault', async () => {
    expect(await findFaults(await issueFlawed(right, caKey, {}))).toEqual([])
  })

  test('is found wrong when another CA signed it', async () => {
    const other = await mkdtemp(path.join(folder, 'other-'))
    const foreign = await issueCertificate(other, DOMAIN)
    expect(await findFaults({ ...foreign, ca: right.ca })).toContain(
      'is signed by the CA, for the domain and for servers',
    )
  })

  test('has a key that only its owner reads', async () => {
    expect((await stat(right.key)).mode & 0o777).toBe(0o400)
    expect((await stat(caKey)).mode & 0o777).toBe(0o400)
    expect((await stat(folder)).mode & 0o077).toBe(0)
  })
})

describe('the local CA', () => {
  test('is critically a CA of one level, for certificates and lists only', async () => {
    expect(await readExtension(right.ca, 'basicConstraints')).toContain(': critical CA:TRUE, pathlen:0')
    expect(await readExtension(right.ca, 'keyUsage')).toMatch(/: critical Certificate Sign, CRL Sign$/)
  })

  test('is critically constrained to the domain and to loopback', async () => {
    const constraints = await readExtension(right.ca, 'nameConstraints')
    expect(constraints).toMatch(
      /: critical Permitted: DNS:chat\.test IP:127\.0\.0\.1\S+ IP:0:0:0:0:0:0:0:1\S+$/,
    )
  })

  test.each(['DNS:evil.test', 'IP:10.0.0.1', 'DNS:chat.test,DNS:evil.test'])(
    'cannot vouch for %s',
    async (subjectAltName) => {
      const { certificate } = await issueFlawed(right, caKey, { extensions: { subjectAltName } })
      const { isGood, text } = await verify(right.ca, certificate)
      expect([isGood, text]).toEqual([false, expect.stringContaining('error 47')])
    },
  )

  test('can vouch for loopback', async () => {
    const extensions = { subjectAltName: 'DNS:chat.test,IP:127.0.0.1,IP:::1' }
    const { certificate } = await issueFlawed(right, caKey, { extensions })
    expect((await verify(right.ca, certificate)).isGood).toBe(true)
  })

  test('cannot make further CAs', async () => {
    const extensions = {
      basicConstraints: 'critical,CA:TRUE',
      keyUsage: 'critical,keyCertSign',
      extendedKeyUsage: '',
      subjectAltName: '',
    }
    const between = await issueFlawed(right, caKey, { subject: '/CN=between', extensions })
    const kept = path.join(folder, 'between')
    await cp(between.certificate, `${kept}.pem`)
    await cp(between.key, `${kept}.key`)
    const leaf = await issueFlawed({ ...right, ca: `${kept}.pem` }, `${kept}.key`, {})
    const { isGood, text } = await verify(right.ca, leaf.certificate, ['-untrusted', `${kept}.pem`])
    expect([isGood, text]).toEqual([false, expect.stringContaining('error 25')])
  })
})

import { mkdtemp, readdir, readFile, readlink, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueCertificate, issueFlawed, makeKey, runIssue } from './issue.ts'
import { mustOpenssl } from './openssl.ts'
import { findFaults, verify } from './profile.ts'

const DOMAIN = 'chat.test'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-certs-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('certs/issue.sh', () => {
  const inFolder = async (): Promise<string> => mkdtemp(path.join(folder, 'run-'))
  const serialOf = (place: string): Promise<string> =>
    mustOpenssl('x509', '-in', path.join(place, 'site/certificate.pem'), '-noout', '-serial')

  test('makes a certificate once, and then only when it is due', async () => {
    const place = await inFolder()
    const first = await runIssue({ CERTS_FOLDER: place, DOMAIN }, 'echo', 'nginx reloads')
    expect([first.isGood, first.text]).toEqual([true, expect.stringContaining('nginx reloads')])
    const serial = await serialOf(place)
    const second = await runIssue({ CERTS_FOLDER: place, DOMAIN }, 'echo', 'nginx reloads')
    expect([second.isGood, second.text]).toEqual([true, `The certificate for ${DOMAIN} is not due.\n`])
    expect(await serialOf(place)).toBe(serial)
  })

  test.each([
    [59, 'not due'],
    [61, 'Issued'],
  ])('after %i days says: %s', async (days, said) => {
    const place = await inFolder()
    await issueCertificate(place, DOMAIN)
    const env = {
      CERTS_FOLDER: place,
      DOMAIN,
      LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
      FAKETIME: `+${days}d`,
    }
    const { isGood, text } = await runIssue(env)
    expect([isGood, text]).toEqual([true, expect.stringContaining(said)])
  })

  test('replaces certificate and key together, with new ones, and keeps no old key', async () => {
    const place = await inFolder()
    const made = await issueCertificate(place, DOMAIN)
    const [link, key] = [await readlink(path.join(place, 'site')), await readFile(made.key)]
    await runIssue({ CERTS_FOLDER: place, DOMAIN, FORCE: '1' })
    expect(await readlink(path.join(place, 'site'))).not.toBe(link)
    expect((await readFile(made.key)).equals(key)).toBe(false)
    expect(await findFaults(made)).toEqual([])
    expect(await readdir(path.join(place, 'issued'))).toHaveLength(1)
    expect((await readdir(place)).toSorted()).toEqual(['ca', 'issued', 'site'])
  })

  test('does without the CA’s key until a certificate is due, and then says what to do', async () => {
    const place = await inFolder()
    const made = await issueCertificate(place, DOMAIN)
    await rename(path.join(place, 'ca/key.pem'), path.join(place, 'away.pem'))
    expect((await runIssue({ CERTS_FOLDER: place, DOMAIN })).isGood).toBe(true)
    const serial = await serialOf(place)
    const due = await runIssue({ CERTS_FOLDER: place, DOMAIN, FORCE: '1' }, 'echo', 'nginx reloads')
    expect([due.isGood, due.text]).toEqual([
      false,
      expect.stringContaining('Bring it back, or name its place by CA_KEY'),
    ])
    expect(due.text).not.toContain('nginx reloads')
    expect(await serialOf(place)).toBe(serial)
    const brought = { CERTS_FOLDER: place, DOMAIN, FORCE: '1', CA_KEY: path.join(place, 'away.pem') }
    expect((await runIssue(brought)).isGood).toBe(true)
    expect(await findFaults(made)).toEqual([])
  })

  test('refuses a key of another CA', async () => {
    const [place, otherPlace] = [await inFolder(), await inFolder()]
    for (const one of [place, otherPlace]) await issueCertificate(one, DOMAIN)
    const env = { CERTS_FOLDER: place, DOMAIN, FORCE: '1', CA_KEY: path.join(otherPlace, 'ca/key.pem') }
    const { isGood, text } = await runIssue(env)
    expect([isGood, text]).toEqual([false, expect.stringContaining('does not belong')])
  })

  test('takes a CA that is there already, and sends it along where it is not the root', async () => {
    const [place, ca] = [await inFolder(), await makeOrganisation()]
    const env = { CERTS_FOLDER: place, DOMAIN, CA_CERTIFICATE: ca.between, CA_KEY: ca.betweenKey }
    const { isGood, text } = await runIssue(env)
    expect([isGood, text]).toEqual([true, expect.stringContaining('Issued')])
    const certificate = path.join(place, 'site/certificate.pem')
    const found = await verify(ca.root, certificate, ['-untrusted', certificate, '-verify_hostname', DOMAIN])
    expect(found).toEqual({ isGood: true, text: `${certificate}: OK\n` })
    expect((await runIssue(env)).text).toContain('not due')
    expect(await readdir(place)).not.toContain('ca')
  })

  /** A root without constraints, and a CA under it. */
  async function makeOrganisation() {
    const place = await inFolder()
    const of = (name: string): string => path.join(place, name)
    const extensions = {
      basicConstraints: 'critical,CA:TRUE',
      keyUsage: 'critical,keyCertSign',
      extendedKeyUsage: '',
      subjectAltName: '',
    }
    await makeKey(of('root.key'))
    const subject = ['-subj', '/CN=Root', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
    const files = ['-key', of('root.key'), '-out', of('root.pem')]
    await mustOpenssl('req', '-x509', '-new', '-sha384', '-days', '3650', ...subject, ...files)
    const root = { domain: DOMAIN, ca: of('root.pem'), certificate: of('site/certificate.pem'), key: '' }
    const between = await issueFlawed(root, of('root.key'), {
      subject: '/CN=Between',
      days: 1000,
      extensions,
    })
    return { root: of('root.pem'), between: between.certificate, betweenKey: between.key }
  }

  test.each([
    ['a CA that is not there', { CA_CERTIFICATE: '/nowhere.pem' }, 'cannot be read'],
    [
      'a domain that the CA may not vouch for',
      { DOMAIN: 'evil.test' },
      'may not issue a certificate for evil.test',
    ],
    ['an address for a domain', { DOMAIN: '127.0.0.1' }, 'must be a host name'],
    ['a domain with more in it', { DOMAIN: 'chat.test\nevil.test' }, 'must be a host name'],
    ['a domain that is too long', { DOMAIN: `${'a'.repeat(60)}.test` }, 'longer than 64'],
  ])('refuses %s, and leaves everything as it is', async (_what, environment, said) => {
    const place = await inFolder()
    await issueCertificate(place, DOMAIN)
    const serial = await serialOf(place)
    const env = { CERTS_FOLDER: place, DOMAIN, FORCE: '1', ...environment }
    const { isGood, text } = await runIssue(env, 'echo', 'nginx reloads')
    expect([isGood, text]).toEqual([false, expect.stringContaining(said)])
    expect(text).not.toContain('nginx reloads')
    expect(await serialOf(place)).toBe(serial)
  })
})

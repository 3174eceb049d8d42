import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runIssue } from '../certs/issue.ts'
import { runFor, type Ran } from '../support/run-for.ts'
import { ask } from './ask.ts'
import { PROFILE, scan } from './scan.ts'
import { DOMAIN, type Site, startSite } from './site.ts'
import { startEcho, type Echo } from './echo.ts'

let echo: Echo
let site: Site
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-tls-'))
  echo = await startEcho()
  site = await startSite({ appServers: [echo.place] })
})
afterAll(async () => {
  await site.stop()
  await echo.stop()
  await rm(folder, { recursive: true })
})

describe('openssl s_client', () => {
  const place = (): string[] => [
    's_client',
    '-connect',
    `127.0.0.1:${site.httpsPort}`,
    '-CAfile',
    site.certificate.ca,
  ]
  const connect = (...options: string[]): Promise<Ran> => runFor('openssl', [...place(), ...options])
  const named = ['-servername', DOMAIN, '-verify_return_error', '-verify_hostname', DOMAIN]

  test('gets TLS 1.3 with the one suite, the one group and the certificate', async () => {
    const { code, text } = await connect('-brief', ...named)
    expect([code, text]).toEqual([0, expect.stringContaining('Protocol version: TLSv1.3')])
    expect(text).toContain('Ciphersuite: TLS_CHACHA20_POLY1305_SHA256')
    expect(text).toContain(`Peer certificate: CN = ${DOMAIN}`)
    expect(text).toContain('Hash used: SHA384')
    expect(text).toContain('Signature type: ECDSA')
    expect(text).toContain('Verification: OK')
    expect(text).toContain('Server Temp Key: X25519')
  })

  const other = ['-servername', 'other.test']
  const ways: [string, string[]][] = [
    ['under the name', ['-servername', DOMAIN]],
    ['without a name', ['-noservername']],
    ['under another name', other],
  ]

  describe.each(ways)('%s', (way, name) => {
    test.each([
      ['TLS 1.2', ['-tls1_2']],
      ['TLS 1.1', ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']],
      ['TLS 1.0', ['-tls1', '-cipher', 'ALL:@SECLEVEL=0']],
    ])('is refused with %s, before the name is looked at', async (_what, options) => {
      const { code, text } = await connect(...options, ...name)
      expect([code, text]).toEqual([1, expect.stringContaining('alert number 70')])
    })

    test.each([
      ['AES-128-GCM', ['-ciphersuites', 'TLS_AES_128_GCM_SHA256']],
      ['AES-256-GCM', ['-ciphersuites', 'TLS_AES_256_GCM_SHA384']],
      ['P-256', ['-groups', 'P-256']],
      ['P-384', ['-groups', 'P-384']],
      ['X448', ['-groups', 'X448']],
      ['ffdhe2048', ['-groups', 'ffdhe2048']],
    ])('is refused with %s', async (_what, options) => {
      const { code, text } = await connect(...options, ...name)
      const alert = way === 'under the name' ? /alert number 40/ : /alert number (40|112)/
      expect([code, text]).toEqual([1, expect.stringMatching(alert)])
    })
  })

  test.each([
    ['no name, as by address', ['-noservername']],
    ['another name', other],
    ['a name under it', ['-servername', `www.${DOMAIN}`]],
  ])('is refused in the handshake with %s, and shown no certificate', async (_what, options) => {
    const { code, text } = await connect(...options)
    expect([code, text]).toEqual([1, expect.stringContaining('alert number 112')])
    expect(text).toContain('no peer certificate available')
  })

  test('gets no stapled answer about revocation', async () => {
    expect((await connect('-status', ...named)).text).toContain('OCSP response: no response sent')
  })

  test('cannot resume a session', async () => {
    const session = path.join(folder, 'session.pem')
    // It stays long enough for the tickets that come after the handshake.
    await runFor('openssl', [...place(), '-sess_out', session, '-ign_eof', ...named], 2_000)
    expect(await readFile(session, 'utf8')).toContain('BEGIN SSL SESSION')
    const { text } = await connect('-sess_in', session, ...named)
    expect(text).toContain('New, TLSv1.3')
    expect(text).not.toContain('Reused')
  })

  test('settles on HTTP/2', async () => {
    expect((await connect('-alpn', 'h2,http/1.1', ...named)).text).toContain('ALPN protocol: h2')
  })
})

describe('sslscan', () => {
  test.each([
    [DOMAIN, PROFILE],
    ['other.test', { versions: [], suites: [], groups: [] }],
    [null, { versions: [], suites: [], groups: [] }],
  ])('finds under the name %s what the profile has and nothing more', async (name, expected) => {
    expect(await scan(site, name)).toEqual(expected)
  })
})

describe('gnutls-cli', () => {
  const RIGHT =
    'NONE:+VERS-TLS1.3:+CHACHA20-POLY1305:+AEAD:+GROUP-X25519:+SIGN-ECDSA-SECP384R1-SHA384:+CTYPE-X509'
  const TLS12 =
    'NONE:+VERS-TLS1.2:+CHACHA20-POLY1305:+AEAD:+ECDHE-ECDSA:+GROUP-X25519:+SIGN-ECDSA-SHA384:+COMP-NULL:+CTYPE-X509'
  const connect = (priority: string): Promise<Ran> => {
    const names = ['--sni-hostname', DOMAIN, '--verify-hostname', DOMAIN]
    const place = ['--x509cafile', site.certificate.ca, '--port', String(site.httpsPort), '127.0.0.1']
    return runFor('gnutls-cli', ['--priority', priority, ...names, ...place])
  }

  test('connects with what the profile has', async () => {
    const { code, text } = await connect(RIGHT)
    expect([code, text]).toEqual([0, expect.stringContaining('(TLS1.3-X.509)-(ECDHE-X25519)')])
    expect(text).toContain('(CHACHA20-POLY1305)')
  })

  test.each([
    ['TLS 1.2', TLS12],
    ['AES', RIGHT.replace('CHACHA20-POLY1305', 'AES-256-GCM')],
    ['P-384', RIGHT.replace('GROUP-X25519', 'GROUP-SECP384R1')],
    ['a signature with SHA-256', RIGHT.replace('SECP384R1-SHA384', 'SECP256R1-SHA256')],
  ])('is refused with %s', async (_what, priority) => {
    const { code, text } = await connect(priority)
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/Fatal error: A TLS fatal alert|\*\*\* Fatal error/),
    ])
  })
})

describe('testssl', () => {
  /** 16 s on two cores that have nothing else to do. */
  const TESTSSL_MOST_MS = 300_000
  /** Findings that the profile or the tests' own network explain. */
  const EXPLAINED = new Set(['cert_revocation', 'DNS_CAArecord', 'security_headers', 'engine_problem'])

  interface Finding {
    readonly id: string
    readonly severity: string
    readonly finding: string
  }

  const runTestssl = async (): Promise<Finding[]> => {
    const file = path.join(folder, 'testssl.json')
    await rm(file, { force: true })
    const place = ['--ip', '127.0.0.1', '--add-ca', site.certificate.ca]
    const how = ['--jsonfile', file, '--warnings', 'batch', '--color', '0', '-p', '-f', '-P', '-S']
    const args = [...how, ...place, `${DOMAIN}:${site.httpsPort}`]
    const { text } = await runFor('testssl', args, TESTSSL_MOST_MS)
    const report = await readFile(file, 'utf8').catch(() => {
      throw new Error(`testssl wrote no report\n${text}`)
    })
    return JSON.parse(report) as Finding[] // its format
  }

  /** On a machine that is busy it gives up connecting, and says so: that is no finding, but no result either. */
  const hasChecked = (found: readonly Finding[]): boolean =>
    !found.some(({ finding }) => finding.includes('check failed because of connect problem'))

  test(
    'finds nothing against protocols, suites and certificate',
    async () => {
      let found = await runTestssl()
      for (let again = 0; again < 2 && !hasChecked(found); again += 1) found = await runTestssl()
      expect(found.find(({ id }) => id === 'TLS1_3')?.finding).toContain('offered')
      expect(found.find(({ id }) => id === 'cert_chain_of_trust')?.finding).toContain('passed')
      const bad = found.filter(({ id, severity }) => !/^(OK|INFO)$/.test(severity) && !EXPLAINED.has(id))
      expect(bad).toEqual([])
    },
    TESTSSL_MOST_MS,
  )
})

describe('a new certificate', () => {
  test('is taken at a reload, while a connection that is open goes on', async () => {
    const serial = async () => (await ask(site, '/healthz')).certificateSerial
    const before = await serial()
    const stream = await ask(site, '/api/stream', { isLeftOpen: true })
    await runIssue({ CERTS_FOLDER: site.certsFolder, DOMAIN, FORCE: '1' })
    expect(await serial()).toBe(before)
    site.reload()
    await expect.poll(serial).not.toBe(before)
    echo.say('still here')
    expect(await stream.nextText()).toContain('still here')
    stream.close()
  })
})

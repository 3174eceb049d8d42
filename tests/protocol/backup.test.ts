import { assert, asyncProperty, constantFrom, nat, pre, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BackupError,
  openBackup,
  readBackup,
  rootOfCode,
  rootOfPassphrase,
  sealBackup,
  type BackupFault,
} from '../../pwa/protocol/backup.ts'
import { normalizeBackupCode, readBackupCode, writeBackupCode } from '../../pwa/protocol/backup-code.ts'
import { toBase64url, type Bytes } from '../../pwa/protocol/bytes.ts'
import { webCrypto } from '../../pwa/protocol/primitives.ts'

const primitives = webCrypto(crypto)
const account = { id: 7, username: 'anna' }
const items = new Map([
  ['identity', '{"publicKey":"x"}'],
  ['exchange/a/salt/b', 'ünïcode'],
])
const code = primitives.random(16)
const sealer = await rootOfCode(primitives, code, primitives.random(16))
const sealed = await sealBackup(primitives, sealer, { account, madeAt: 5, items })

const open = async (text: string, root: Bytes = sealer.root) =>
  openBackup(primitives, await readBackup(primitives, text), root)

async function faultOf(work: Promise<unknown>): Promise<BackupFault | 'none'> {
  return work.then(
    () => 'none' as const,
    (error: unknown) => {
      if (error instanceof BackupError) return error.fault
      throw error
    },
  )
}

const bytes = (size: number) =>
  uint8Array({ minLength: size, maxLength: size }).map((array) => Uint8Array.from(array))

describe('a key backup', () => {
  test('gives back what was sealed, to whoever has the code', async () => {
    const { header } = await readBackup(primitives, sealed)
    expect(header).toMatchObject({ account, madeAt: 5, lock: { kind: 'code' } })
    const { root } = await rootOfCode(primitives, code, primitives.random(16))
    expect(await faultOf(open(sealed, root))).toBe('wrong_secret')
    expect(await open(sealed)).toEqual(items)
  })

  test('opens by a stretched passphrase', async () => {
    const by = {
      kind: 'passphrase',
      salt: toBase64url(primitives.random(16)),
      memoryKib: 8,
      passes: 1,
    } as const
    const stretched = primitives.random(32)
    const text = await sealBackup(primitives, await rootOfPassphrase(primitives, stretched, by), {
      account,
      madeAt: 5,
      items,
    })
    expect((await readBackup(primitives, text)).header.lock).toEqual(by)
    expect(await open(text, (await rootOfPassphrase(primitives, stretched, by)).root)).toEqual(items)
  })

  test('shows nothing of what is in it, and is another text each time', async () => {
    expect(sealed).not.toContain('identity')
    expect(await sealBackup(primitives, sealer, { account, madeAt: 5, items })).not.toBe(sealed)
  })

  test('survives mail programs that change the ends of lines', async () => {
    expect(await open(sealed.replaceAll('\n', '\r\n'))).toEqual(items)
  })

  test.each<[BackupFault, string, string]>([
    ['not_a_backup', 'another file', 'hello'],
    ['not_a_backup', 'an empty file', ''],
    ['too_old', 'an older version', sealed.replace('version 1', 'version 0')],
    ['too_new', 'a newer version', sealed.replace('version 1', 'version 2')],
    ['truncated', 'a file without its end', sealed.slice(0, -30)],
    ['truncated', 'a file of one line', sealed.slice(0, sealed.indexOf('\n'))],
    ['damaged', 'a file with a line too many', sealed.replace('\nend', '\nAAAA\nend')],
    ['damaged', 'a file with another letter', sealed.replace(/(\n[^\n]{40})./, '$1*')],
  ])('says %s of %s', async (fault, _, text) => {
    expect(await faultOf(open(text))).toBe(fault)
  })

  test('never opens with any character changed, or cut off anywhere', async () => {
    const place = nat({ max: sealed.length - 2 })
    await assert(
      asyncProperty(place, constantFrom('A', 'b', '0', ' ', '-'), async (at, character) => {
        pre(sealed[at] !== character)
        expect(await faultOf(open(sealed.slice(0, at) + character + sealed.slice(at + 1)))).not.toBe('none')
        expect(await faultOf(open(sealed.slice(0, at)))).not.toBe('none')
      }),
    )
  })

  test('does not open when its sum was made to fit the change', async () => {
    const lines = sealed.split('\n')
    const swapped = (await sealBackup(primitives, sealer, { account, madeAt: 6, items })).split('\n')
    const mixed = [lines[0], swapped[1], lines[2], lines[3]].join('\n')
    const sum = toBase64url(await primitives.sha256(new TextEncoder().encode(mixed)))
    expect(await faultOf(open(`${mixed}\n${sum}\nend of the key backup\n`))).toBe('wrong_secret')
  })
})

describe('a backup code', () => {
  test('is read as it was written, also by somebody who types badly', async () => {
    await assert(
      asyncProperty(bytes(16), async (bits) => {
        const groups = await writeBackupCode(primitives, bits)
        expect(groups).toHaveLength(7)
        expect(groups.every((group) => /^[0-9A-HJKMNP-TV-Z]{4}$/.test(group))).toBe(true)
        expect(await readBackupCode(primitives, groups.join('-'))).toEqual(bits)
        const sloppy = ` ${groups.join(' ').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `
        expect(await readBackupCode(primitives, sloppy)).toEqual(bits)
      }),
    )
  })

  test('is not taken with a slip of the pen', async () => {
    const fixed = Uint8Array.from({ length: 16 }, (_, index) => 13 * index)
    const text = normalizeBackupCode((await writeBackupCode(primitives, fixed)).join('-'))
    const slips = text.split('').map((character, at) => {
      const other = character === '7' ? '8' : '7'
      return text.slice(0, at) + other + text.slice(at + 1)
    })
    const read = await Promise.all(slips.map((slip) => readBackupCode(primitives, slip)))
    expect(read.filter((bits) => bits !== null)).toEqual([])
    for (const typed of ['', text.slice(1), `${text}7`, `U${text.slice(1)}`, `Z${text.slice(1)}`])
      expect(await readBackupCode(primitives, typed)).toBeNull()
  })
})

/**
 * A key backup: all key material of an account in one text, which only a code or a passphrase opens. Each backup has AES
 * and MAC keys of its own, made from the root that code or passphrase give and from 32 random bytes.
 */
import * as v from 'valibot'
import { accountId, binary, timeMs, username } from '../../server/wire/primitives.ts'
import { concat, equalBytes, fromBase64url, toBase64url, u64, utf8, type Bytes } from './bytes.ts'
import { asAesKey, asMacKey, type AesKey, type MacKey, type Primitives } from './primitives.ts'

const VERSION = 1
const FIRST_LINE = /^letterlock key backup, version ([0-9]{1,6})$/
const LAST_LINE = 'end of the key backup'
const ROOT_LABEL = 'letterlock/backup/root/v1'
const KEYS_LABEL = 'letterlock/backup/keys/v1'
const TEXT_LABEL = 'letterlock/backup/v1'
/** Each backup has a key of its own, so its only IV may be any. */
const IV = new Uint8Array(12)

/** What Argon2id is asked for, with one lane; bounded, as a backup comes from anywhere. */
const stretching = v.strictObject({
  kind: v.literal('passphrase'),
  salt: binary(16),
  memoryKib: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(1024 * 1024)),
  passes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
})
const lock = v.variant('kind', [v.strictObject({ kind: v.literal('code'), salt: binary(16) }), stretching])
/** How a backup is locked: what its code or passphrase is mixed with. */
export type BackupLock = v.InferOutput<typeof lock>
export type Stretching = v.InferOutput<typeof stretching>

const header = v.strictObject({
  account: v.strictObject({ id: accountId, username }),
  /** By the clock of the browser that made it. */
  madeAt: timeMs,
  lock,
  nonce: binary(32),
})
export type BackupHeader = v.InferOutput<typeof header>

const content = v.strictObject({ items: v.record(v.string(), v.string()) })

export type BackupFault =
  /** Another kind of file. */
  | 'not_a_backup'
  /** Its end is missing. */
  | 'truncated'
  /** It is not as it was written. */
  | 'damaged'
  | 'too_old'
  | 'too_new'
  | 'wrong_secret'

export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly fault: BackupFault

  constructor(fault: BackupFault) {
    super(fault)
    this.fault = fault
  }
}

export interface BackupRoot {
  readonly lock: BackupLock
  /** 32 bytes. */
  readonly root: Bytes
}

/** The root of backups that a code opens. */
export async function rootOfCode(primitives: Primitives, code: Bytes, salt: Bytes): Promise<BackupRoot> {
  return {
    lock: { kind: 'code', salt: toBase64url(salt) },
    root: await primitives.hkdf(code, salt, utf8(ROOT_LABEL)),
  }
}

/** The root of backups that a passphrase opens; `stretched`: what Argon2id made of it, 32 bytes. */
export async function rootOfPassphrase(
  primitives: Primitives,
  stretched: Bytes,
  by: Stretching,
): Promise<BackupRoot> {
  return { lock: by, root: await primitives.hkdf(stretched, fromBase64url(by.salt), utf8(ROOT_LABEL)) }
}

/** Seals the items, by their names, as a text of ASCII lines. */
export async function sealBackup(
  primitives: Primitives,
  { lock: by, root }: BackupRoot,
  what: Pick<BackupHeader, 'account' | 'madeAt'> & { readonly items: ReadonlyMap<string, string> },
): Promise<string> {
  const { account, madeAt, items } = what
  const nonce = primitives.random(32)
  const head = utf8(JSON.stringify({ account, madeAt, lock: by, nonce: toBase64url(nonce) }))
  const { aesKey, macKey } = await keysOf(primitives, root, nonce)
  const plaintext = utf8(JSON.stringify({ items: Object.fromEntries(items) }))
  const ciphertext = await primitives.encrypt(aesKey, IV, plaintext, aadOf(head))
  const mac = await primitives.hmac(macKey, concat(aadOf(head), ciphertext))
  const lines = [`letterlock key backup, version ${VERSION}`, ...[head, ciphertext, mac].map(toBase64url)]
  const sum = await primitives.sha256(utf8(lines.join('\n')))
  return [...lines, toBase64url(sum), LAST_LINE, ''].join('\n')
}

export interface ReadBackup {
  readonly header: BackupHeader
  readonly head: Bytes
  readonly ciphertext: Bytes
  readonly mac: Bytes
}

/** What stands outside of the seal, by the word of whoever wrote the text. Throws `BackupError`. */
export async function readBackup(primitives: Primitives, text: string): Promise<ReadBackup> {
  const lines = text.replaceAll('\r', '').trimEnd().split('\n')
  const version = Number(FIRST_LINE.exec(lines[0] ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(version)) throw new BackupError('not_a_backup')
  if (version !== VERSION) throw new BackupError(version < VERSION ? 'too_old' : 'too_new')
  if (lines.at(-1) !== LAST_LINE) throw new BackupError('truncated')
  try {
    const [head, ciphertext, mac, sum] = lines.slice(1, -1).map(fromBase64url)
    if (lines.length !== 6 || !head || !ciphertext || !mac || !sum) throw new BackupError('damaged')
    if (!equalBytes(sum, await primitives.sha256(utf8(lines.slice(0, 4).join('\n')))))
      throw new BackupError('damaged')
    return { header: v.parse(header, JSON.parse(new TextDecoder().decode(head))), head, ciphertext, mac }
  } catch {
    throw new BackupError('damaged')
  }
}

/** The items by their names. Throws BackupError `wrong_secret` when the root does not open it. */
export async function openBackup(
  primitives: Primitives,
  { header: { nonce }, head, ciphertext, mac }: ReadBackup,
  root: Bytes,
): Promise<ReadonlyMap<string, string>> {
  const { aesKey, macKey } = await keysOf(primitives, root, fromBase64url(nonce))
  const expected = await primitives.hmac(macKey, concat(aadOf(head), ciphertext))
  if (!equalBytes(mac, expected)) throw new BackupError('wrong_secret')
  const plaintext = await primitives.decrypt(aesKey, IV, ciphertext, aadOf(head))
  if (!plaintext) throw new BackupError('damaged')
  const { items } = v.parse(content, JSON.parse(new TextDecoder().decode(plaintext)))
  return new Map(Object.entries(items))
}

async function keysOf(
  primitives: Primitives,
  root: Bytes,
  nonce: Bytes,
): Promise<{ aesKey: AesKey; macKey: MacKey }> {
  const keys = await primitives.hkdf(root, nonce, utf8(KEYS_LABEL), 64)
  return { aesKey: asAesKey(keys.slice(0, 32)), macKey: asMacKey(keys.slice(32)) }
}

const aadOf = (head: Bytes): Bytes => concat(utf8(TEXT_LABEL), u64(head.length), head)

/** JSON texts gone wrong: what a broken or hostile side may send in the place of a good text. */
import * as fc from 'fast-check'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Members = Record<string, Json>

/** One thing done to a text. Numbers choose a place in it, modulo how many there are. */
export type Mutation = TextMutation | WholeMutation | MemberMutation

type TextMutation =
  | { readonly kind: 'splice'; readonly at: number; readonly drop: number; readonly put: string }
  | { readonly kind: 'repeat-part'; readonly at: number; readonly size: number }
  | { readonly kind: 'grow'; readonly size: number }
  | { readonly kind: 'nest'; readonly depth: number; readonly isClosed: boolean }
type WholeMutation = { readonly kind: 'space' | 'shuffle' | 'escape' }
type MemberMutation =
  | { readonly kind: 'set'; readonly where: number; readonly raw: string }
  | { readonly kind: 'add' | 'rename'; readonly where: number; readonly name: string }
  | { readonly kind: 'remove' | 'repeat-member'; readonly where: number }
  | { readonly kind: 'swap'; readonly where: number; readonly other: number }
  | BinaryMutation
type BinaryMutation =
  | { readonly kind: 'flip'; readonly where: number; readonly at: number; readonly bits: number }
  | { readonly kind: 'resize'; readonly where: number; readonly by: number }
  | { readonly kind: 'encode'; readonly where: number; readonly form: (typeof ENCODINGS)[number] }

const ENCODINGS = ['padding', 'standard', 'spare-bits', 'spaces', 'hex', 'lower-case'] as const
const NAMES = ['type', 'step', 'exchange', 'seq', 'toString', 'constructor', '__proto__', '', 'mac', 'é']
/** Numbers and texts that schemas and sums meet at their edges; not all of them can be written from a value. */
const RAW_VALUES = [
  'null true [] {} "" [[]] {"__proto__":1} NaN undefined',
  '0 -0 -1 1.5 01 1e3 1e999 1E-400 9007199254740992 18446744073709551616',
  '"\\ud800" "\\u0000" "A" "msg" "ECDH" "offer" "answer" "prekey" "change" "text" "lost"',
].flatMap((line) => line.split(' '))

/** Any 16-bit units, so lone surrogates among them. */
const units = fc
  .array(fc.nat({ max: 0xffff }), { maxLength: 6 })
  .map((codes) => String.fromCharCode(...codes))
const place = fc.nat({ max: 1 << 20 })
const piece = fc.oneof(
  units,
  fc.constantFrom(
    '\ud800',
    '\udfff',
    '\u0000',
    '\ufeff',
    '\u202e',
    '"',
    '\\',
    '{',
    '}',
    ',',
    ':',
    '\\u00',
    '\n',
  ),
)
const rawValue = fc.oneof(fc.constantFrom(...RAW_VALUES), fc.json({ maxDepth: 3 }))
const name = fc.oneof(fc.constantFrom(...NAMES), units)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('splice'), at: place, drop: fc.nat({ max: 8 }), put: piece }),
  fc.record({ kind: fc.constant('repeat-part'), at: place, size: fc.nat({ max: 200 }) }),
  fc.record({ kind: fc.constantFrom('space', 'shuffle', 'escape') }),
  fc.record({ kind: fc.constant('set'), where: place, raw: rawValue }),
  fc.record({ kind: fc.constantFrom('add', 'rename'), where: place, name }),
  fc.record({ kind: fc.constantFrom('remove', 'repeat-member'), where: place }),
  fc.record({ kind: fc.constant('swap'), where: place, other: place }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('flip'),
      where: place,
      at: place,
      bits: fc.integer({ min: 1, max: 255 }),
    }),
  },
  fc.record({ kind: fc.constant('resize'), where: place, by: fc.integer({ min: -40, max: 40 }) }),
  fc.record({ kind: fc.constant('encode'), where: place, form: fc.constantFrom(...ENCODINGS) }),
)
/** Few of them, as they cost as much as a hundred others. */
const large: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('grow'), size: fc.nat({ max: 200_000 }) }),
  fc.record({ kind: fc.constant('nest'), depth: fc.nat({ max: 50_000 }), isClosed: fc.boolean() }),
)

/** One to three mutations; in one of 500, one that makes the text large or deep. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.oneof(
  { weight: 499, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.tuple(large) },
)

/** The text after all mutations, in order. What needs a JSON object and meets none leaves the text as it is. */
export const mutateAll = (text: string, all: readonly Mutation[]): string => all.reduce(mutate, text)

function mutate(text: string, one: Mutation): string {
  if (isOfText(one)) return mutateText(text, one)
  const whole = parseMembers(text)
  if (whole === null) return text
  return 'where' in one ? mutateMember(text, whole, one) : mutateWhole(text, whole, one)
}

const isOfText = (one: Mutation): one is TextMutation =>
  ['splice', 'repeat-part', 'grow', 'nest'].includes(one.kind)

function mutateText(text: string, one: TextMutation): string {
  switch (one.kind) {
    case 'splice': {
      const at = one.at % (text.length + 1)
      return text.slice(0, at) + one.put + text.slice(at + one.drop)
    }
    case 'repeat-part': {
      const at = one.at % (text.length + 1)
      return text.slice(0, at + one.size) + text.slice(at)
    }
    case 'grow':
      return text.replace(/"([^"]*)"}?$/, (end, value: string) =>
        end.replace(value, value + 'A'.repeat(one.size)),
      )
    case 'nest':
      return '['.repeat(one.depth) + text + (one.isClosed ? ']'.repeat(one.depth) : '')
  }
}

/** Stands for a text that no value can be written as. */
const RAW = '\u0001raw\u0001'
const TWICE = '\u0001twice\u0001'

function mutateWhole(text: string, whole: Members, { kind }: WholeMutation): string {
  switch (kind) {
    case 'space':
      return JSON.stringify(whole, null, 2)
    case 'shuffle':
      return JSON.stringify(Object.fromEntries(Object.entries(whole).toReversed()))
    case 'escape':
      return text.replace(/[a-z]/i, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  }
}

function mutateMember(text: string, whole: Members, one: MemberMutation): string {
  const places = listPlaces(whole)
  const [parent, member] = places[one.where % places.length] ?? [whole, 'none']
  const value = parent[member] ?? null
  switch (one.kind) {
    case 'set':
      parent[member] = RAW
      return JSON.stringify(whole).replace(JSON.stringify(RAW), () => one.raw)
    case 'add':
      define(parent, one.name, value)
      return JSON.stringify(whole)
    case 'rename':
      delete parent[member]
      define(parent, one.name, value)
      return JSON.stringify(whole)
    case 'remove':
      delete parent[member]
      return JSON.stringify(whole)
    case 'repeat-member':
      parent[TWICE] = value
      return JSON.stringify(whole).replace(JSON.stringify(TWICE), () => JSON.stringify(member))
    case 'swap': {
      const [otherParent, otherMember] = places[one.other % places.length] ?? [parent, member]
      const other = otherParent[otherMember] ?? null
      if (holds(value, otherParent) || holds(other, parent)) return text
      parent[member] = other
      otherParent[otherMember] = value
      return JSON.stringify(whole)
    }
    case 'flip':
    case 'resize':
    case 'encode':
      if (typeof value !== 'string') return text
      parent[member] = mutateBinary(value, one)
      return JSON.stringify(whole)
  }
}

/** Of a text that is base64url, its bytes are changed, or the way they are written. */
function mutateBinary(value: string, one: BinaryMutation): string {
  const bytes = Buffer.from(value, 'base64url')
  switch (one.kind) {
    case 'flip': {
      const at = one.at % Math.max(1, bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ one.bits
      return bytes.toString('base64url')
    }
    case 'resize': {
      const size = Math.max(0, bytes.length + one.by)
      return Buffer.concat([bytes, Buffer.alloc(Math.max(0, one.by))], size).toString('base64url')
    }
    case 'encode':
      return encode(value, bytes, one.form)
  }
}

function encode(value: string, bytes: Buffer, form: (typeof ENCODINGS)[number]): string {
  switch (form) {
    case 'padding':
      return `${value}${'='.repeat(4 - (value.length % 4))}`
    case 'standard':
      return bytes.toString('base64')
    case 'spare-bits':
      return value.slice(0, -1) + String.fromCharCode((value.charCodeAt(value.length - 1) || 64) + 1)
    case 'spaces':
      return ` ${value}\n`
    case 'hex':
      return bytes.toString('hex')
    case 'lower-case':
      return value.toLowerCase()
  }
}

function parseMembers(text: string): Members | null {
  try {
    const value: Json = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** A member of its own, also where the name means something to JavaScript. */
function define(parent: Members, name: string, value: Json): void {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Every member of every object and list inside. */
function listPlaces(parent: Members): [Members, string][] {
  return Object.entries(parent).flatMap(([member, value]) => {
    // A list is an object with the names 0, 1, … here.
    const inside = typeof value === 'object' && value !== null ? listPlaces(value as Members) : []
    return [[parent, member] as [Members, string], ...inside]
  })
}

const holds = (value: Json, part: Json): boolean =>
  value === part ||
  (typeof value === 'object' && value !== null && Object.values(value).some((inside) => holds(inside, part)))

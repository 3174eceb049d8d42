/** Bugs in envelopes, exchanges and keys. */
import { edit, type Mutant } from './mutant.ts'

const BYTES = 'pwa/protocol/bytes.ts'
const MOVED = 'pwa/protocol/moved.ts'
const CHANGE = 'pwa/protocol/change.ts'
const CONTENT = 'pwa/protocol/content.ts'
const ENVELOPE = 'pwa/protocol/envelope.ts'
const EXCHANGE = 'pwa/protocol/exchange.ts'
const KEY_SET = 'pwa/protocol/key-set.ts'
const WIRE = 'server/wire/envelope.ts'

const by = (file: string, title: string) => ({ file: `tests/protocol/${file}`, title })
const VECTORS = {
  file: 'tests/vectors/vectors',
  title: 'is what the protocol makes of its seeds, byte for byte',
}

export const protocolMutants: readonly Mutant[] = [
  {
    name: 'salt without its random part',
    edits: [edit(KEY_SET, 'tools.primitives.random(SALT_RANDOM_BYTES)', 'new Uint8Array(SALT_RANDOM_BYTES)')],
    killedBy: by('key-set', 'never give the same salt twice for one epoch'),
  },
  {
    name: 'context, and with it the AAD, without direction',
    edits: [
      edit(ENVELOPE, 'CHAT_MSG_USER${sender}to${recipient}|', 'CHAT_MSG_${[sender, recipient].length}|'),
    ],
    killedBy: VECTORS,
  },
  {
    name: 'encryption without AAD',
    edits: [
      edit(ENVELOPE, 'writeContent(content), context)', "writeContent(content), utf8(''))"),
      edit(
        ENVELOPE,
        'fromBase64url(envelope.ciphertext), context)',
        "fromBase64url(envelope.ciphertext), utf8(''))",
      ),
    ],
    killedBy: VECTORS,
  },
  {
    name: 'MAC without context',
    edits: [
      edit(ENVELOPE, 'concat(iv, context, ciphertext)', 'concat(iv, ciphertext)'),
      edit(ENVELOPE, '    contextOf(envelope.keys, entryId, sender, recipient),\n', ''),
    ],
    killedBy: by('envelope', 'refuses by its MAC any other entry id'),
  },
  {
    name: 'MAC without IV',
    edits: [
      edit(ENVELOPE, 'concat(iv, context, ciphertext)', 'concat(context, ciphertext)'),
      edit(ENVELOPE, 'const signed = concat(\n    iv,\n', 'const signed = concat(\n'),
    ],
    killedBy: by('envelope', 'refuses by its MAC any flipped bit of IV, ciphertext, MAC and key set'),
  },
  {
    name: 'MAC checked after decryption',
    edits: [
      edit(ENVELOPE, "  if (!(await verifyMessage(tools, message))) return { unreadable: 'mac' }\n", ''),
      edit(
        ENVELOPE,
        "  if (bytes === null) return refuse('decryption')\n",
        "  if (bytes === null) return refuse('decryption')\n  if (!(await verifyMessage(tools, message))) return { unreadable: 'mac' }\n",
      ),
    ],
    killedBy: by('envelope', 'does not decrypt before the MAC has verified'),
  },
  {
    name: 'entry id not bound',
    edits: [edit(ENVELOPE, '|${keys}|${entryId}`', '|${keys}|${entryId.length}`')],
    killedBy: by('envelope', 'refuses by its MAC any other entry id'),
  },
  {
    name: 'IV 0 accepted',
    edits: [edit(ENVELOPE, 'ivNumber(iv) > 0n', 'ivNumber(iv) >= 0n')],
    killedBy: by('envelope', 'refuses IV 0 even under a good MAC'),
  },
  {
    name: 'content without padding',
    edits: [edit(CONTENT, 'const sizeBytes = paddedSize(json.length)', 'const sizeBytes = json.length')],
    killedBy: by('envelope', 'hide the length of a text within its padded size'),
  },
  {
    name: '`confirm` of an answer not checked',
    edits: [
      edit(
        EXCHANGE,
        '  return (await confirmedKeySet(tools, reading)) && established\n',
        '  return established\n',
      ),
    ],
    killedBy: by('exchange', 'is null when any part of the answer was altered'),
  },
  {
    name: '`confirm` of a prekey envelope not checked',
    edits: [
      edit(
        EXCHANGE,
        'key, answer: envelope })) ? keySet : null',
        'key, answer: envelope })) || keySet ? keySet : null',
      ),
    ],
    killedBy: by('one-way', 'is null when any part of the envelope was altered'),
  },
  {
    name: '`confirm` not looked at when the secret is held',
    edits: [
      edit(
        'pwa/client/sync/read-exchange.ts',
        'const keySet = await confirmedKeySet(open.tools, reading)',
        'const keySet = await deriveKeySet(open.tools, { exchange: secret, salt: answer.salt, self, contact })',
      ),
      edit(
        'pwa/client/sync/read-exchange.ts',
        "import type { KeySet } from '../../protocol/key-set.ts'",
        "import { deriveKeySet, type KeySet } from '../../protocol/key-set.ts'",
      ),
    ],
    killedBy: {
      file: 'tests/client/receive-page',
      title: 'takes no other salt for an exchange whose secret is held',
    },
  },
  {
    name: 'transcript without identities',
    edits: [edit(EXCHANGE, '      initiator.identity,\n      responder.identity,\n', '')],
    killedBy: VECTORS,
  },
  {
    name: 'secret without the identity keys',
    edits: [edit(EXCHANGE, 'concat(...identityParts, freshPart)', 'concat(freshPart, freshPart, freshPart)')],
    killedBy: VECTORS,
  },
  {
    name: 'own public key accepted',
    edits: [edit(EXCHANGE, 'if (ours.some((own) => equalBytes(own, publicKey)))', 'if (ours.length === 0)')],
    killedBy: by('exchange', 'are refused when they are our own identity'),
  },
  {
    name: 'compressed points accepted',
    edits: [
      edit(
        'pwa/protocol/primitives.ts',
        'if (publicKey.length !== POINT_BYTES || publicKey[0] !== UNCOMPRESSED)',
        'if (publicKey.length === 0)',
      ),
    ],
    killedBy: by('primitives', 'refuses the compressed form of a good point'),
  },
  {
    name: 'one label for AES and MAC keys',
    edits: [edit(KEY_SET, '`CHAT_MAC_USER${from}to${to}`', '`CHAT_KEY_USER${from}to${to}`')],
    killedBy: by('key-set', 'gives four different keys'),
  },
  {
    name: 'one direction for both sides',
    edits: [edit(KEY_SET, 'const receive = await deriveDirection(contact, self)', 'const receive = send')],
    killedBy: by('key-set', 'gives four different keys'),
  },
  {
    name: '`change` adopted before MAC_new',
    edits: [edit(CHANGE, "if (!(await isSigned(next, envelope.MAC_new))) return refuse('mac_new')", '')],
    killedBy: by('change', 'refuses by the new MAC a sender that does not hold the new keys'),
  },
  {
    name: '`change` derived before MAC_old',
    edits: [
      edit(
        CHANGE,
        "if (!isOfCurrent || !(await isSigned(current, envelope.MAC_old))) return refuse('mac_old')",
        "if (!isOfCurrent) return refuse('mac_old')",
      ),
    ],
    killedBy: by('change', 'refuses by the old MAC before it derives anything'),
  },
  {
    name: '`change` to any epoch',
    edits: [edit(CHANGE, 'if (epochOf(salt) !== current.epoch + 1)', 'if (epochOf(salt) < 0)')],
    killedBy: by('change', 'refuses epoch'),
  },
  {
    name: 'comparison that stops at the shorter length',
    edits: [edit(BYTES, '  if (a.length !== b.length) return false\n', '')],
    killedBy: by('bytes', 'equalBytes is true for the same bytes and false for any other'),
  },
  {
    name: 'conversation said to have moved to a browser that takes it over',
    edits: [edit(MOVED, 'return isKnownHere && last', 'return last')],
    killedBy: by('moved', 'is null in a browser that is new to the conversation'),
  },
  {
    name: 'conversation moved by what the other side did',
    edits: [edit(MOVED, 'if (initiator === account) return', 'if (initiator > 0) return')],
    killedBy: by('moved', 'is null for what the other side did'),
  },
  {
    name: 'base64url with spare bits accepted',
    edits: [edit(BYTES, '  if (toBase64url(bytes) !== text) throw notCanonical()\n', '')],
    killedBy: by('bytes', 'take one text only for the same bytes'),
  },
  {
    name: 'IV that wraps',
    edits: [
      edit(
        BYTES,
        "if (iv < 0n || iv >= IV_END) throw new ProtocolError('iv_out_of_range')",
        'iv = BigInt.asUintN(96, iv)',
      ),
    ],
    killedBy: by('bytes', 'never wrap'),
  },
  {
    name: 'member given twice accepted',
    edits: [
      edit(
        WIRE,
        'return memberNames === Object.keys(value).length ? value : null',
        'return memberNames > 0 ? value : null',
      ),
    ],
    killedBy: by('parse-envelope', 'refuses a member given twice'),
  },
]

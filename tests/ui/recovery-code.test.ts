import { describe, expect, test } from 'vitest'
import {
  formatRecoveryCode,
  formatRecoverySheet,
  parseRecoveryCode,
} from '../../pwa/ui/account/recovery-code.ts'
import { recoveryCode } from '../../server/wire/account.ts'
import { is } from 'valibot'

const CODE = '0123456789ABCDEFGHJKMNPQRS'

describe('parseRecoveryCode', () => {
  test.each([
    ['as it is', CODE],
    ['in its groups', '01234-56789-ABCDE-FGHJK-MNPQRS'],
    ['in lower case', CODE.toLowerCase()],
    ['with spaces and line breaks', ' 01234 56789\nABCDE\tFGHJK MNPQRS '],
    ['with the dashes that phones make', '01234–56789—ABCDE‑FGHJK−MNPQRS'],
    ['with letters for the digits they look like', 'oI23456789ABCDEFGHJKMNPQRS'],
    ['with a small L for a one', 'Ol23456789abcdefghjkmnpqrs'],
    ['in full-width characters', '０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳ'],
  ])('reads a code typed %s', (_case, typed) => {
    expect(parseRecoveryCode(typed)).toBe(CODE)
  })

  test.each([
    ['too short', CODE.slice(1)],
    ['too long', `${CODE}0`],
    ['with a U', `U${CODE.slice(1)}`],
    ['with another sign', `!${CODE.slice(1)}`],
    ['empty', ''],
  ])('refuses one that is %s', (_case, typed) => {
    expect(parseRecoveryCode(typed)).toBeNull()
  })

  test('gives what the server takes', () => {
    expect(is(recoveryCode, parseRecoveryCode(CODE.toLowerCase()))).toBe(true)
  })
})

describe('formatRecoveryCode', () => {
  test('groups a code, and parseRecoveryCode reads it back', () => {
    expect(formatRecoveryCode(CODE)).toBe('01234-56789-ABCDE-FGHJK-MNPQRS')
    expect(parseRecoveryCode(formatRecoveryCode(CODE))).toBe(CODE)
  })
})

describe('formatRecoverySheet', () => {
  test('numbers the codes in their order and names the account', () => {
    const sheet = formatRecoverySheet('alice', [CODE, CODE.replace('0', '9')])
    expect(sheet).toContain('alice')
    expect(sheet).toMatch(/ 1\. {2}01234-.*\n 2\. {2}91234-/)
  })
})

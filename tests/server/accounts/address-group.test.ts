import { describe, expect, test } from 'vitest'
import { groupAddress } from '../../../server/accounts/address-group.ts'

describe('groupAddress', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('puts %s under %s', (address, group) => {
    expect(groupAddress(address)).toBe(group)
  })
})

import { isIPv6 } from 'node:net'

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const NETWORK_GROUPS = 4

/**
 * What one customer of a network is given: an IPv4 address, or the first 64 bits of an IPv6 address. An IPv4 address
 * written as IPv6 is the IPv4 address.
 */
export function groupAddress(address: string): string {
  const plain = MAPPED.exec(address)?.[1] ?? address
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = splitGroups(head)
  const missing = tail === undefined ? 0 : 8 - groups.length - splitGroups(tail).length
  const network = [...groups, ...Array<string>(missing).fill('0')].slice(0, NETWORK_GROUPS)
  return `${network.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}

const splitGroups = (text: string): string[] => (text === '' ? [] : text.split(':'))

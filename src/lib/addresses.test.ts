// The specification of which addresses lead where, however they are spelt.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalHost, isCovered, parseAllowed, type Reach, reachOf } from './addresses.ts';

describe('An address', () => {
  const table: Readonly<Record<Reach, readonly string[]>> = {
    public: ['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '64:ff9b::101:101', '172.32.0.1'],
    private: ['10.0.0.5', '172.16.0.1', '172.31.255.254', '192.168.1.1', '100.64.0.1', 'fd12::1'],
    loopback: ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
    metadata: [
      '169.254.169.254',
      '169.254.170.2',
      '169.254.0.1',
      '::ffff:169.254.169.254',
      '168.63.129.16',
      '100.100.100.200',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fd00:42::42',
      'fe80::1',
      'fe80::a9fe:a9fe%eth0',
    ],
    never: [
      '0.0.0.0',
      '0.0.0.1',
      '255.255.255.255',
      '224.0.0.1',
      '240.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '198.51.100.7',
      '203.0.113.9',
      '192.88.99.1',
      '::',
      '::127.0.0.1',
      '::7f00:1',
      '::10.0.0.1',
      '::ffff:0:127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b::a00:1',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b:1::7f00:1',
      '64:ff9b:1::101:101',
      '2002:7f00:1::',
      '2002:a00:1::1',
      '2002:a9fe:a9fe::1',
      '2002:101:101::1',
      '2001:0:4136:e378:8000:63bf:80ff:fffe',
      '2001:db8::1',
      '2606:4700::5efe:7f00:1',
      '2606:4700::200:5efe:a9fe:a9fe',
      'fec0::1',
      'ff02::1',
      '100::1',
      '5f00::1',
      '4000::1',
      '127.1',
      '0x7f000001',
      '2130706433',
      'example.org',
      '',
    ],
  };
  for (const [reach, addresses] of Object.entries(table)) {
    for (const address of addresses) {
      it(`"${address}" leads to: ${reach}`, () => assert.equal(reachOf(address), reach));
    }
  }
});

describe('A host', () => {
  const spellings: readonly (readonly [string, string | undefined])[] = [
    ['DC1.Example.ORG.', 'dc1.example.org'],
    ['0x7f.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['017700000001', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['ⓔxample.org', 'example.org'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['ex%61mple.org', undefined],
    ['a b', undefined],
    ['good.example@evil.example', undefined],
    ['good.example/evil', undefined],
    ['good.example:80', undefined],
    ['[good.example]', undefined],
    ['256.1.1.1', undefined],
    ['a..b', undefined],
    ['.', undefined],
    ['', undefined],
    ['a\r\nb', undefined],
  ];
  for (const [text, host] of spellings) {
    it(`"${text}" is ${host ?? 'refused'}`, () => assert.equal(canonicalHost(text), host));
  }
});

describe('The setting of allowed networks', () => {
  const allowed = parseAllowed('10.0.0.0/8, dc1.Example.org *.corp.example 192.168.7.7 fd12::/16');

  it('covers networks, single addresses, hosts and the hosts below a domain', () => {
    assert.equal(isCovered(allowed, 'x', '10.200.1.1'), true);
    assert.equal(isCovered(allowed, 'x', '192.168.7.7'), true);
    assert.equal(isCovered(allowed, 'dc1.example.org', '172.16.0.1'), true);
    assert.equal(isCovered(allowed, 'a.b.corp.example', '172.16.0.1'), true);
    assert.equal(isCovered(allowed, 'x', 'fd12:1::1'), true);
  });

  it('covers nothing beside', () => {
    assert.equal(isCovered(allowed, 'x', '11.0.0.1'), false);
    assert.equal(isCovered(allowed, 'x', '192.168.7.8'), false);
    assert.equal(isCovered(allowed, 'notdc1.example.org', '172.16.0.1'), false);
    assert.equal(isCovered(allowed, 'evilcorp.example', '172.16.0.1'), false);
    assert.equal(isCovered(allowed, 'corp.example', '172.16.0.1'), false);
    assert.equal(isCovered([], 'x', '10.0.0.1'), false);
  });

  it('is refused with the entry that cannot be read', () => {
    assert.throws(() => parseAllowed('10.0.0.0/8, 10.0.0.0/64'), /"10\.0\.0\.0\/64" is no host/);
    assert.throws(() => parseAllowed('a b@c'), /"b@c"/);
  });
});

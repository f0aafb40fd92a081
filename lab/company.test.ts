// What the company promises to everyone who uses it in tests, demo and docs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { company, departments, mailDomain, offices, personOf } from './company.ts';

const now = new Date('2026-11-23T15:00:00Z');
const larkfield = company(now);

describe('The lab company', () => {
  it('has some forty people in two offices, each with a key of their own', () => {
    const keys = new Set(larkfield.people.map((one) => one.key));

    assert.equal(keys.size, larkfield.people.length);
    assert.ok(keys.size >= 38 && keys.size <= 45, `${keys.size} people`);
    for (const office of Object.keys(offices)) {
      assert.ok(larkfield.people.filter((one) => one.office === office).length > 10, office);
    }
  });

  it('has somebody in every department, and every manager works there', () => {
    for (const department of departments) {
      assert.ok(
        larkfield.people.some((one) => one.department === department),
        department,
      );
    }
    for (const { manager } of larkfield.people) if (manager) personOf(larkfield, manager);
  });

  it('has exactly three starters, one of whom begins later', () => {
    const starters = larkfield.people.filter((one) => one.account === null);

    assert.deepEqual(starters.map((one) => one.name).toSorted(), [
      'Ines Marlow',
      "Siobhán O'Dowd",
      'Thomas Hale',
    ]);
    assert.equal(starters.filter((one) => one.startsOn > now).length, 1);
  });

  it('has three leavers with enabled accounts, one of them protected', () => {
    const leavers = larkfield.people.filter((one) => one.inactive && one.account?.enabled);

    assert.equal(leavers.length, 3);
    assert.equal(leavers.filter((one) => one.account?.protected).length, 1);
  });

  it('has one open ticket for each starter, the rehire and each leaver', () => {
    const about = (kind: string) =>
      larkfield.tickets.filter((ticket) => ticket.kind === kind).map((ticket) => ticket.about);

    assert.deepEqual(about('New starter').toSorted(), [
      'beatriz-amaral',
      'ines-marlow',
      'siobhan-odowd',
      'thomas-hale-planner',
    ]);
    assert.deepEqual(about('Leaver').toSorted(), ['gareth-lund', 'marta-sequeira', 'owen-pryce']);
  });

  it('gives no two accounts one log-on name or address, and Halo no two users one address', () => {
    const accounts = larkfield.people.flatMap((one) => one.account ?? []);
    const addresses = larkfield.people.flatMap((one) => one.email ?? []);

    assert.equal(new Set(accounts.map((one) => one.sAMAccountName)).size, accounts.length);
    assert.equal(new Set(accounts.map((one) => one.email)).size, accounts.length);
    assert.equal(new Set(addresses).size, addresses.length);
    assert.ok(addresses.every((address) => address.endsWith(`@${mailDomain}`)));
  });

  it('is the same company all day', () => {
    assert.deepEqual(company(new Date('2026-11-23T00:00:01Z')), larkfield);
  });
});

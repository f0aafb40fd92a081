// One measured run of planning 10,000 people, in a process of its own so that its memory is its own: planning or bare.
import { createHash } from 'node:crypto';
import type { Account } from '#domain/account.ts';
import { sameValues } from '#domain/apply.ts';
import { judge } from '#domain/guards.ts';
import type { Link } from '#domain/link.ts';
import {
  type Answers,
  asksNothing,
  knowingLinks,
  learn,
  type Questions,
  roundsMax,
} from '#domain/looking.ts';
import { startPlanHash } from '#domain/plan-hash.ts';
import { planPage, questions } from '#domain/planning.ts';
import type { SourceRead } from '#domain/record.ts';
import { aDefinition, ad, groups, guid, halo, noon, sourceOf } from '#test/planning/larkfield.ts';

const size = 10_000;
const definition = aDefinition();
const { source, accounts, links } = company(size);

const started = performance.now();
const changes = process.argv[2] === 'bare' ? bare(source, accounts, links) : plan();
const milliseconds = performance.now() - started;
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ changes, milliseconds, megabytes }));

/** Everything between a source that was read and a plan that can be approved. */
function plan(): number {
  let known = knowingLinks(links);
  for (let round = 0; round < roundsMax; round += 1) {
    const asked = questions(definition, source, known, noon);
    if (asksNothing(asked)) break;
    known = learn(known, asked, answer(asked));
  }
  const page = planPage(definition, source, known, noon);
  const guards = judge({
    ...page,
    limits: definition.automation.guards,
    source: source.facts,
    lastSource: source.facts,
    lastDay: page.totals,
    firstRun: false,
  });
  const hash = startPlanHash({ automationId: definition.automation.id, automationVersion: 1 });
  for (const change of page.changes) hash.add(change);
  hash.finish({ expiresAt: noon, guards, sourceDigest: source.facts.digest });
  return page.changes.length;
}

/** The least that anybody could do: join two maps, compare the mapped attributes, hash what differs. */
function bare(read: SourceRead, all: ReadonlyMap<string, Account>, known: readonly Link[]): number {
  const accountIds = new Map(known.map((link) => [link.personKey, link.accountId]));
  const hash = createHash('sha256');
  let found = 0;
  for (const { key, columns } of read.records) {
    const account = all.get(accountIds.get(key) ?? '');
    const wanted = {
      givenName: columns.firstName,
      sn: columns.surname,
      displayName: `${columns.firstName} ${columns.surname}`,
      title: columns.title,
      department: columns.department,
      physicalDeliveryOfficeName: columns.site,
    };
    const after = Object.entries(wanted).filter(
      ([name, value]) => !sameValues(account?.attributes[name], [String(value)]),
    );
    if (after.length === 0) continue;
    hash.update(JSON.stringify({ key, after }));
    found += 1;
  }
  hash.digest();
  return found;
}

/** Nine in ten are linked, one in twenty is matched by a rule, the rest is new; one in ten changed something. */
function company(people: number) {
  const titles = ['Metrologist', 'Lens Designer', 'Assembly Technician', 'Account Manager'];
  const rows = Array.from({ length: people }, (_, id) => ({
    id,
    firstname: `Ines ${id % 97}`,
    surname: `Marlow ${id}`,
    title: titles[id % titles.length] ?? null,
    department: 'Quality',
    site: id % 2 === 0 ? 'Porto' : 'Bristol',
    email: `ines.${id}@larkfield.test`,
    inactive: id % 1000 === 999,
  }));
  const everybody = rows
    .filter(({ id }) => id % 20 !== 0)
    .map(
      (row): Account => ({
        id: guid(row.id),
        dn: `CN=${row.firstname} ${row.surname},OU=${row.site},OU=People,DC=ad,DC=larkfield,DC=test`,
        enabled: true,
        attributes: {
          givenName: [row.firstname],
          sn: [row.surname],
          displayName: [`${row.firstname} ${row.surname}`],
          title: [row.id % 10 === 1 ? 'Apprentice' : (row.title ?? '')],
          department: [row.department],
          physicalDeliveryOfficeName: [row.site],
          mail: [row.email],
        },
        groupIds: groups.map(({ id }) => id),
      }),
    );
  const known = everybody
    .filter((_, at) => at % 20 !== 7)
    .map(
      (account): Link => ({
        sourceConnectionId: halo,
        personKey: String(Number(account.id.slice(-12))),
        personName: account.attributes.displayName?.[0] ?? '',
        directoryConnectionId: ad,
        accountId: account.id,
        origin: 'source',
        lastSeen: noon,
      }),
    );
  return {
    source: sourceOf(rows, definition),
    accounts: new Map(everybody.map((account) => [account.id, account])),
    links: known,
  };
}

function answer(asked: Questions): Answers {
  const byMail = asked.accountsWith.length === 0 ? undefined : accountsByMail();
  return {
    accounts: [
      ...asked.accountIds.flatMap((id) => accounts.get(id) ?? []),
      ...asked.accountsWith.flatMap(({ values }) =>
        values.flatMap((value) => byMail?.get(value) ?? []),
      ),
    ],
    taken: asked.names.map((question) => ({ asked: question, taken: new Set<string>() })),
    groups: new Map(groups.map((group) => [group.name, group])),
    containers: new Map(asked.containers.map((dn) => [dn, true])),
    protectedIds: new Set(),
  };
}

function accountsByMail(): ReadonlyMap<string, Account> {
  return new Map([...accounts.values()].map((one) => [one.attributes.mail?.[0] ?? '', one]));
}

// A resource's members as one of Halo's models: the schema that checks what is posted and stands in OpenAPI.
import type { z } from 'zod';
import { haloCodes } from '#domain/halo-codes.ts';
import { answered, halo, ofModel, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import type { Member, MemberType } from './member.ts';
import type { Resource } from './resource.ts';

export type Models = {
  /** One record, with everything; also what is posted. */
  readonly single: z.ZodObject;
  /** A row of the list. */
  readonly row: z.ZodObject;
};

const made = new WeakMap<Resource, Models>();

/** Made once for each resource: OpenAPI knows its schemas by name and by identity. */
export function modelsOf(resource: Resource): Models {
  const known = made.get(resource);
  if (known !== undefined) return known;
  const [singleName, rowName] = resource.model;
  const single = haloModel(singleName, shapeOf(resource, singleName, isOutside));
  const models = {
    single,
    row: rowName === singleName ? single : haloModel(rowName, shapeOf(resource, rowName, isListed)),
  };
  made.set(resource, models);
  return models;
}

/** What the rules alone write, under names of their own, is nobody's to see. */
function isOutside({ kept, shown }: Member): boolean {
  return !(kept.in === 'managed' && shown === 'never');
}

function isListed(member: Member, name: string): boolean {
  return member.shown === 'list' || name === 'customfields';
}

function shapeOf(
  resource: Resource,
  model: string,
  isIn: (member: Member, name: string) => boolean,
): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(
    Object.entries(resource.members)
      .filter(([name, member]) => isIn(member, name))
      .map(([name, member]) => [name, schemaOf(member, name, model)]),
  );
}

function schemaOf(member: Member, name: string, model: string): z.ZodType {
  const plain = typed(member.type, objectsIn(name, model));
  const mayBeNull = member.type !== 'any' && !neverNull(name, model);
  const described = plain.meta({ ...codesOf(name, model) });
  const schema = mayBeNull ? described.nullable() : described;
  if (member.kept.in === 'expression' || name === '_warning') return answered(schema);
  if (member.shown === 'never' && !isOfRecords(name, model)) return writeOnly(schema);
  return schema;
}

/** Custom fields and their values stand in answers too, though not in those of every resource. */
function isOfRecords(name: string, model: string): boolean {
  return name === 'customfields' || model === 'CustomField';
}

function typed(type: MemberType, objects: string | undefined): z.ZodType {
  switch (type) {
    case 'object':
      return objects === undefined ? halo.object : ofModel(halo.object, objects);
    case 'objects':
      return objects === undefined ? halo.objects : ofModel(halo.objects, objects);
    default:
      return halo[type];
  }
}

/** A member whose codes are in the table names them. */
function codesOf(name: string, model: string): { readonly description?: string } {
  const place = `${model}.${name}`;
  const lists = Object.entries(haloCodes);
  const found = lists.find(([, { members }]) => members.some((member) => member === place));
  return found === undefined
    ? {}
    : {
        description: `${found[0]}: GET /api/Lookup?lookupid=${found[1].lookupId} lists the codes.`,
      };
}

function objectsIn(name: string, model: string): string | undefined {
  const base = model.replace(/_List$/, '');
  return objectsOfModel[base]?.[name] ?? objectsOf[name];
}

/** Which of Halo's models the objects in a member are. */
const objectsOf: Readonly<Record<string, string>> = {
  access_control: 'AccessControl',
  addresses: 'AddressStore',
  allowed_organisations: 'Organisation',
  allowed_tickettypes: 'RequestType_List',
  assets: 'Device_List',
  attachment_list: 'Attachment_View',
  attachments: 'Attachment',
  azure_tenants: 'AreaAzureTenant',
  claims: 'NHD_Claim',
  custombuttons: 'CustomButton',
  customer_relationship: 'KeyPair',
  customfields: 'CustomField',
  database_lookup_triggers: 'PartsLookupField',
  delivery_address: 'AddressStore',
  external_links: 'ExternalLink_List',
  fields: 'FieldHelper',
  import_azure_tenant: 'CSPCustomer',
  invoice_address: 'AddressStore',
  main_delivery_address: 'AddressStore',
  main_invoice_address: 'AddressStore',
  new_external_link: 'ExternalLink_List',
  popup_notes: 'AreaPopup',
  primary_address: 'AddressStore',
  reactions: 'ActionReaction',
  site_fields: 'FieldHelper',
  sitecontacts: 'SiteContact',
  tags: 'Tag',
  validation_data: 'CustomFieldValidation',
  validation_reasons: 'KeyPair',
};

/** Where the same word is another model's. */
const objectsOfModel: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Cab: { members: 'CabMember' },
  Device: {
    allowed_status: 'XTypeStatus',
    child_assets: 'Device_List',
    children: 'Device',
    licences: 'Licence_List',
    parent_assets: 'Device_List',
    services: 'ServSite_List',
    software: 'DeviceApplications',
    users: 'Users_List',
  },
  Field: { values: 'Lookup', visibility_conditions: 'CustomFieldVisibility' },
  NHD_Roles: {
    assetfields: 'UnameField',
    assettypes: 'UnameXtype',
    clients: 'UnameAreaRestriction',
    custombuttons: 'UnameButton',
    departments: 'UnameDepartment',
    notifications: 'UnameNotification',
    sites: 'UnameSite',
    teams: 'UnameSection',
    tickettypes: 'UnameRequestType',
    unamecustomfields: 'UnameCustom',
  },
  SectionDetail: {
    agents: 'UnameSection',
    allowed_category1: 'CategoryRestriction',
    allowed_category2: 'CategoryRestriction',
    allowed_category3: 'CategoryRestriction',
    allowed_category4: 'CategoryRestriction',
    cannedtext: 'CannedText',
    managers: 'Manager',
    recurring_shifts: 'Appointment_List',
    templates: 'StdRequest_List',
  },
  UserRoles: { departments: 'UserDepartment', notifications: 'UnameNotification' },
  Xtype: { allowed_status: 'XTypeStatus', fields: 'TypeInfo', xtype_roles: 'XTypeRole' },
  Users: { add_roles: 'UserRoles', departments: 'UserDepartment', roles: 'UserRoles' },
  Uname: {
    add_roles: 'NHD_Roles',
    departments: 'UnameDepartment',
    roles: 'NHD_Roles',
    teams: 'UnameSection',
  },
};

/** What is never null: the number of nearly every record, and what Halo declares so besides. */
function neverNull(name: string, model: string): boolean {
  if (name === 'id') return !['Lookup', 'Policy', 'NHD_Roles'].includes(model);
  return neverNullOf[model.replace(/_List$/, '')]?.includes(name) ?? false;
}

const neverNullOf: Readonly<Record<string, readonly string[]>> = {
  CustomField: [
    ...['type', 'characterlimit', 'characterlimittype', 'copytochild', 'searchable'],
    ...['ordervalues', 'copytochildonupdate', 'copytorelated'],
  ],
  SectionDetail: ['ticket_count'],
  Xtype: ['linkedcontracttype'],
};

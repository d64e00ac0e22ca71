# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the inventory plugin; the logic is in module_utils/_organization/."""

from __future__ import annotations

DOCUMENTATION = r"""
name: organization_accounts
short_description: The accounts of an AWS Organization as hosts
version_added: 0.1.0
description:
  - Creates a host for each account of an organization, with the variables that the playbooks of this collection need.
  - The name of the configuration file must end with C(organization_accounts.yml) or C(organization_accounts.yaml).
  - Suspended accounts, and those that are being closed or are not yet active, are left out unless O(states) includes their state.
  - An account must match an entry of each C(include_) option that is set, and no entry of any C(exclude_) option.
  - Makes two calls, and two for each organizational unit and the root. Lists have pages of 20 entries, and each further page is another call. Tags
    take one more call for each account, and are read only if needed.
  - Either all selected accounts become hosts, or none do and the inventory source fails. Ansible itself continues without a source that failed,
    unless C(any_unparsed_is_failed=true) is set in the section C([inventory]) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) is
    V(true). Set it.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  plugin:
    description: Must be V(cloudrestore.aws.organization_accounts).
    type: str
    required: true
    choices: [cloudrestore.aws.organization_accounts]
  assume_role_arn:
    description:
      - ARN of a role to assume first, in the organization's management account or in a delegated administrator account. If not set or empty, no role
        is assumed.
    type: str
    env:
      - name: CLOUDRESTORE_ORGANIZATION_ROLE_ARN
  assume_role_external_id:
    description: External ID to send when assuming O(assume_role_arn). If not set or empty, none is sent.
    type: str
    env:
      - name: CLOUDRESTORE_ORGANIZATION_EXTERNAL_ID
  member_role_arn:
    description:
      - Template of the ARN of the role to assume in each member account, such as V(arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole).
      - Every host gets the result as its variable C(restore_access_assume_role_arn). The result may be empty, for the account that the playbooks run
        in.
      - The template can use the variables of the host.
    type: str
  hostname:
    description:
      - V(id) or V(name) of the account, or a template that can use the variables of the host.
      - If the result is not safe as a host name, the account ID is used instead, and a warning says why.
      - >-
        Not safe is a name that is empty or contains a space, an invisible character, or any of C(, : & ! ~ * ? [ ] /), or that begins with C(-) or
        C(@), or ends like a YAML or JSON file. Also not safe are C(all), C(ungrouped), C(localhost) and its addresses, the name of a group, the ID of
        another account, and the name of a host from another source that does not have the same C(account_id).
      - If two accounts have the same name, neither gets it, since AWS lets anyone name an account like another.
      - All other names are used unchanged. Groups and hosts of sources that come after this one are not checked, so put this source last.
    type: str
    default: id
  states:
    description: Include accounts in these states. Possible are V(ACTIVE), V(CLOSED), V(PENDING_ACTIVATION), V(PENDING_CLOSURE) and V(SUSPENDED).
    type: list
    elements: str
    default: [ACTIVE]
  include_ous:
    description:
      - Only accounts in these organizational units or units below them. Each entry is an ID, or the path of names below the root, such as
        V(/Workloads/Production).
      - An organizational unit that does not exist is an error.
    type: list
    elements: str
    default: []
  exclude_ous:
    description: No accounts in these organizational units or units below them. Entries are as in O(include_ous).
    type: list
    elements: str
    default: []
  include_account_ids:
    description:
      - Only accounts with these 12-digit IDs. Quote them, so that YAML keeps a leading zero.
      - An account that does not belong to the organization is an error.
    type: list
    elements: str
    default: []
  exclude_account_ids:
    description: No accounts with these IDs. Entries are as in O(include_account_ids).
    type: list
    elements: str
    default: []
  include_names:
    description: Only accounts whose name matches one of these shell patterns. Case-sensitive.
    type: list
    elements: str
    default: []
  exclude_names:
    description: No accounts whose name matches one of these shell patterns. Case-sensitive.
    type: list
    elements: str
    default: []
  include_tags:
    description:
      - Only accounts that have all of these tags. The value is a shell pattern, or a list of patterns of which one must match. V(*) matches any
        value.
      - Makes one call for each account that the other options select.
    type: dict
    default: {}
  exclude_tags:
    description: No accounts that have any of these tags. Entries are as in O(include_tags).
    type: dict
    default: {}
  tags:
    description:
      - Whether to read the tags of the accounts and set them as the host variable C(account_tags).
      - They are also read if O(include_tags), O(exclude_tags) or O(group_by) needs them.
    type: bool
    default: false
  email:
    description: Whether to set the email address of the account's owner as the host variable C(account_email). It is personal data.
    type: bool
    default: false
  group_by:
    description:
      - Which groups to create.
      - V(ou) creates a group for each organizational unit, with the groups of the units below it as children. Its name is C(ou) and the path, with an
        underscore for every character that is not a letter or digit, such as C(ou_Workloads_Production). If two names are the same, the ID of the
        unit is appended.
      - V(state) creates C(state_active) and so on. V(tags) creates C(tag_KEY_VALUE).
    type: list
    elements: str
    choices: [ou, state, tags]
    default: [ou, state]
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - cloudrestore.aws.runtime
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - cloudrestore.aws.assume_role
notes:
  - >-
    Each host has the variables C(account_id), C(account_name), C(account_state), C(account_partition),
    C(account_is_management), C(organization_id), C(ou_path), C(ou_ids) (from the root down), if asked for C(account_tags) and
    C(account_email), and C(restore_access_assume_role_arn) if O(member_role_arn) is set. C(ansible_connection) and
    C(ansible_python_interpreter) are set to what the playbooks of this collection need.
  - >-
    The credentials need C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListAccountsForParent) and C(organizations:ListOrganizationalUnitsForParent), and for tags
    C(organizations:ListTagsForResource).
  - AWS Organizations has one endpoint in each partition, which the AWS SDK finds from any of its Regions. Set O(region) in the
    China and GovCloud partitions.
  - The cache holds the accounts and organizational units as they were read, before any filter. It never holds credentials.
  - Whoever may tag an account chooses the groups that O(keyed_groups) makes of its tags. Give each a C(prefix). None of them
    takes the place of a host, and one that would turn the tree of groups round is left out with a warning.
  - Variables leave C(ansible-inventory --export) as plain text, as AWX needs them. Text from AWS in which Jinja could see a
    template is the exception. Ansible marks it as unsafe.
seealso:
  - module: cloudrestore.aws.organization_policies_info
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
# organization_accounts.yml: every active account except those of one organizational unit.
plugin: cloudrestore.aws.organization_accounts
assume_role_arn: arn:aws:iam::999988887777:role/OrganizationReader
member_role_arn: "arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole"
hostname: name
exclude_ous:
  - /Sandbox
exclude_account_ids:
  - "999988887777"

# production.organization_accounts.yml: by tag and name, with custom groups, cached for an hour.
# plugin: cloudrestore.aws.organization_accounts
# member_role_arn: "arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole"
# hostname: "{{ account_name | lower | regex_replace('[^a-z0-9]+', '-') }}-{{ account_id }}"
# include_ous:
#   - ou-ab12-aaaa1111
# include_tags:
#   environment: [production, staging]
# exclude_names:
#   - "*-sandbox"
# keyed_groups:
#   - key: account_tags.team
#     prefix: team
# compose:
#   restore_access_name: account_tags.restore_role | default('VeeamDynamoDBRestore')
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: .cache/inventory
# cache_timeout: 3600
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection, Session
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import mfa, partition_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import (
    INVENTORY_OPTIONS,
    account_query,
    assume_organization_role,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import hosts, names
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.accounts import QueryResult, find
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.gather import Gathering, patient
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.state import Member
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _core
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._staged import HostName, Staged

_OF_EVERY_HOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
_MEMBER_ROLE = "restore_access_assume_role_arn"
_HOSTNAMES = {"id": "account_id", "name": "account_name"}


class InventoryModule(AWSInventoryBase):  # type: ignore[misc]  # amazon.aws carries no types
    NAME = "cloudrestore.aws.organization_accounts"
    INVENTORY_FILE_SUFFIXES = ("organization_accounts.yml", "organization_accounts.yaml")
    inventory: Any

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache=cache)
        try:
            self._populate(self._find(path, cache))
        except RestoreAccessError as error:
            failure = AnsibleParserError(error.message)
        else:
            return
        raise failure

    def _set_frozen_credentials(self) -> None:
        """Nothing: amazon.aws would assume the role without external ID, and even if the cache holds all that is needed."""

    def _find(self, path: str, cache: bool) -> QueryResult:
        options = {name: self.get_option(name) for name in INVENTORY_OPTIONS}
        connection = patient(Connection(*get_aws_connection_info(self)))
        session = Session(connection, assume_organization_role(options), partition_of(options), mfa(options))
        query = account_query(options, self.get_option("profile"), connection)
        _there, stored = self.get_cached_result(path, cache)
        result = find(Gathering(session), stored, query)
        if result.to_store is not None and self.get_option("cache"):
            self._cache[self.get_cache_key(path)] = result.to_store
        return result

    def _populate(self, result: QueryResult) -> None:
        """All hosts, or none and an error."""
        email = self.get_option("email")
        variables = {
            member.account_id: _core.untrusted(hosts.variables(result.organization, member, with_email=email))
            for member in result.members
        }
        wanted = self._hostnames(result.members, variables)
        groups = {*self.inventory.groups, *self._groups_by_name(result)}
        others = {name: _account_id(host.vars) for name, host in self.inventory.hosts.items()}
        early = names.host_names(wanted, names.Taken(groups, others))
        staged = self._staged(result, variables, early.hosts)
        # Templates make groups as well, of tags for instance. One with the ID of an account for a name gives way to its host.
        groups |= staged.groups.keys() - variables.keys()
        final = names.host_names(wanted, names.Taken(groups, others))
        staged.move_to(self.inventory, {early.hosts[account_id]: name for account_id, name in final.hosts.items()})
        for warning in (*final.warnings, *names.told_of_groups(staged.refused)):
            self.display.warning(warning)

    def _hostnames(self, members: Iterable[Member], variables: Mapping[str, dict[str, Any]]) -> dict[str, str]:
        """Account ID → the name that the user wants, "" where none can be made out. Raises OptionError if that is so for all."""
        wanted: dict[str, str] = {}
        failure: AnsibleParserError | None = None
        for member in members:
            try:
                wanted[member.account_id] = self._hostname(member, variables[member.account_id])
            except AnsibleParserError as error:
                # What an account is called, or not tagged with, must not end the run for the others.
                wanted[member.account_id], failure = "", failure or error
        if failure is not None and not any(wanted.values()):
            raise failure
        return wanted

    def _groups_by_name(self, result: QueryResult) -> set[str]:
        """The groups that are there whatever templates make."""
        plain = hosts.group_names(result.organization, result.members, self.get_option("group_by"))
        return {*plain, *map(self._sanitize_group_name, self.get_option("groups") or ())}

    def _staged(
        self, result: QueryResult, variables: Mapping[str, dict[str, Any]], called: Mapping[str, str]
    ) -> Staged:
        """All hosts with their variables and groups, none of them in Ansible's inventory yet."""
        inventory = self.inventory
        staged, of_units = Staged(inventory.current_source), hosts.unit_groups(result.organization)
        self.inventory = staged
        try:
            for member in result.members:
                name = HostName(called[member.account_id])
                self._add(name, member, variables[member.account_id])
                self._group(result, name, member, of_units)
                self._construct(name, variables[member.account_id])
            return staged
        finally:
            self.inventory = inventory

    def _sanitize_group_name(self, name: str) -> str:
        """As Ansible does it; but a tag that a group is made of is no path to the variables of others, and no template."""
        unfit = names.is_unfit(name)
        return _core.plain(to_safe_group_name(name, force=unfit, silent=unfit))

    def _hostname(self, member: Member, variables: dict[str, Any]) -> str:
        chosen = self.get_option("hostname")
        if chosen in _HOSTNAMES:
            return _core.plain(variables[_HOSTNAMES[chosen]])
        return _core.plain(self._rendered("hostname", member, variables))

    def _rendered(self, option: str, member: Member, variables: dict[str, Any]) -> str:
        self.templar.available_variables = variables
        try:
            rendered = self.templar.template(self.get_option(option))
        except AnsibleError as error:
            failure = AnsibleParserError(f"{option} cannot be evaluated for account {member.account_id}: {error}")
        else:
            # Ansible renders a template that comes out empty as None.
            return "" if rendered is None else str(rendered).strip()
        raise failure

    def _add(self, name: str, member: Member, variables: dict[str, Any]) -> None:
        self.inventory.add_host(name)
        if self.get_option("member_role_arn"):
            arn = self._rendered("member_role_arn", member, variables)
            if arn:
                hosts.check_role(arn, member)
            # Set even if it is empty, so that a role for all accounts in group_vars does not come back here.
            variables[_MEMBER_ROLE] = arn
        for key, value in variables.items():
            self.inventory.set_variable(name, key, _plain(value))
        for key, text in _OF_EVERY_HOST.items():
            self.inventory.set_variable(name, key, _core.trusted(text))

    def _group(self, result: QueryResult, name: str, member: Member, of_units: dict[str, str]) -> None:
        for parent, child in hosts.group_tree(result.organization, member, of_units):
            self.inventory.add_group(parent)
            self.inventory.add_group(child)
            self.inventory.add_child(parent, child)
        for group in hosts.groups(member, self.get_option("group_by"), of_units):
            self.inventory.add_group(group)
            self.inventory.add_child(group, name)

    def _construct(self, name: str, variables: dict[str, Any]) -> None:
        strict, compose = self.get_option("strict"), self.get_option("compose")
        self._set_composite_vars(compose, variables, name, strict=strict)
        composed = self.inventory.hosts[name].vars
        for key in compose or ():
            if key in composed:
                self.inventory.set_variable(name, key, _plain(composed[key]))
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _account_id(variables: Mapping[str, Any]) -> str:
    """The account that a host of another source stands for. YAML and INI make a number of an ID that is not quoted."""
    value = variables.get("account_id")
    return "" if value is None else str(value).zfill(12)


def _plain(value: Any) -> Any:
    """The same value; a text that is no template to Jinja leaves ansible-inventory as plain text only if it is trusted."""
    if isinstance(value, str):
        return _core.trusted(value) if hosts.is_ordinary(value) else _core.untrusted(value)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value

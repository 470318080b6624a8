/*
 * label_table.c - a table whose labels are corrected: its columns, and who may
 */
#include "label_table.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(dp_label_access);

static bool
is_table(Oid source)
{
	char		kind = get_rel_relkind(source);

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

static bool
may(Oid source, const char *column, AclMode mode)
{
	AttrNumber	attno;

	if (pg_class_aclcheck(source, GetUserId(), mode) == ACLCHECK_OK)
		return true;
	attno = get_attnum(source, column);
	return attno > 0 && pg_attribute_aclcheck(source, attno, GetUserId(), mode) == ACLCHECK_OK;
}

bool
dp_label_table_access(Oid source, const char *key, const char *label, AclMode mode)
{
	return is_table(source) && check_enable_rls(source, InvalidOid, true) != RLS_ENABLED &&
		may(source, key, ACL_SELECT) && may(source, label, ACL_SELECT) &&
		(mode != ACL_UPDATE || may(source, label, ACL_UPDATE));
}

/* dp.label_access(source regclass, key_column text, label_column text, privilege text) -> boolean */
Datum
dp_label_access(PG_FUNCTION_ARGS)
{
	char	   *privilege = text_to_cstring(PG_GETARG_TEXT_PP(3));
	bool		update = pg_strcasecmp(privilege, "UPDATE") == 0;

	if (!update && pg_strcasecmp(privilege, "SELECT") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized privilege \"%s\"", privilege),
				 errhint("Valid privileges are \"SELECT\" and \"UPDATE\".")));
	PG_RETURN_BOOL(dp_label_table_access(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), text_to_cstring(PG_GETARG_TEXT_PP(2)),
										 update ? ACL_UPDATE : ACL_SELECT));
}

static const char *
equality(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR);
	HeapTuple	tuple;
	Form_pg_operator operator;
	const char *result;

	if (!OidIsValid(entry->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s cannot be compared", format_type_be(type))));
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(entry->eq_opr));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", entry->eq_opr);
	operator = (Form_pg_operator) GETSTRUCT(tuple);
	result = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(operator->oprnamespace)), NameStr(operator->oprname));
	ReleaseSysCache(tuple);
	return result;
}

static void
find_column(dp_label_table *table, dp_label_column *column, const char *name)
{
	AttrNumber	attno = get_attnum(table->oid, name);
	Oid			collation;

	if (attno <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table %s has no column \"%s\"", table->name, name)));
	get_atttypetypmodcoll(table->oid, attno, &column->type_oid, &column->typmod, &collation);
	column->name = name;
	column->quoted = quote_identifier(name);
	column->type = format_type_extended(column->type_oid, -1, FORMAT_TYPE_FORCE_QUALIFY | FORMAT_TYPE_TYPEMOD_GIVEN);
	column->base = format_type_extended(getBaseType(column->type_oid), -1, FORMAT_TYPE_FORCE_QUALIFY | FORMAT_TYPE_TYPEMOD_GIVEN);
	column->equals = equality(column->type_oid);
}

/* Before anybody reviews what could never be applied */
static void
check_writable(const dp_label_table *table)
{
	HeapTuple	tuple = SearchSysCacheAttName(table->oid, table->label.name);
	Form_pg_attribute attribute;
	bool		writable;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for column \"%s\"", table->label.name);
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	writable = attribute->attgenerated == '\0' && attribute->attidentity != ATTRIBUTE_IDENTITY_ALWAYS;
	ReleaseSysCache(tuple);
	if (!writable)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("labels in column \"%s\" of table %s are generated", table->label.name, table->name),
				 errhint("Correct the columns they are made of.")));
}

dp_label_table *
dp_label_table_open(Oid source, const char *key, const char *label, AclMode mode)
{
	dp_label_table *table = palloc0(sizeof(dp_label_table));

	table->oid = source;
	/* our statements go by its name, which must not become another table's while they wait */
	LockRelationOid(source, mode == ACL_UPDATE ? RowExclusiveLock : AccessShareLock);
	if (get_rel_name(source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", source)));
	table->name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(source)), get_rel_name(source));
	if (!is_table(source))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a table", table->name),
				 errdetail("Labels are corrected in tables; a view could show other rows to each user.")));
	if (check_enable_rls(source, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table %s applies to you", table->name),
				 errdetail("Corrections quote the labels of rows, whoever may see these."),
				 errhint("Its owner, or a role with BYPASSRLS, can correct its labels.")));
	find_column(table, &table->key, key);
	find_column(table, &table->label, label);
	check_writable(table);
	if (strcmp(key, label) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" cannot be key and label", key)));
	if (!dp_label_table_access(source, key, label, mode))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 mode == ACL_UPDATE ? errmsg("permission denied to change labels of table %s", table->name)
				 : errmsg("permission denied to read labels of table %s", table->name),
				 errhint("It needs %s of its columns %s and %s%s.", "SELECT", table->key.quoted, table->label.quoted,
						 mode == ACL_UPDATE ? psprintf(", and UPDATE of %s", table->label.quoted) : "")));
	return table;
}

void
dp_label_check_grant(AclMode mode)
{
	Oid			proposals = get_relname_relid("label_proposals", get_namespace_oid("dp", false));

	if (pg_class_aclcheck(proposals, GetUserId(), mode) == ACLCHECK_OK ||
		(mode == ACL_UPDATE && pg_attribute_aclcheck_all(proposals, GetUserId(), ACL_UPDATE, ACLMASK_ANY) == ACLCHECK_OK))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 mode == ACL_INSERT ? errmsg("permission denied to propose labels") : errmsg("permission denied to review or change labels"),
			 errhint("An administrator can grant it: GRANT %s ON dp.label_proposals TO %s.", mode == ACL_INSERT ? "INSERT" : "UPDATE (status, review_note)",
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

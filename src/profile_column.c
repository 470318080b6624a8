/*
 * profile_column.c - what a value adds to the profile of its column
 *
 * Values are hashed by their type's own hash function, as dp.distinct_state()
 * does, and compared by its own order; no value is turned into text here.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "hash.h"
#include "imageio.h"
#include "profile.h"

static dp_profile_kind
kind_of(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return DP_PROFILE_NUMBER;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return DP_PROFILE_TIME;
		case BOOLOID:
			return DP_PROFILE_BOOL;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return DP_PROFILE_TEXT;
		case BYTEAOID:
			return DP_PROFILE_BYTES;
	}
	return type_is_array(type) ? DP_PROFILE_ARRAY : DP_PROFILE_OTHER;
}

static void
start_numbers(dp_profile_numbers *numbers, int nbins)
{
	size_t		size;

	dpk_sketches_size(1, DPK_SKETCH_MAX, &size);
	numbers->sketch = dpk_sketches_at(palloc(size), 1, DPK_SKETCH_MAX);
	dpk_sketches_init(&numbers->sketch);
	numbers->histogram = palloc(dpk_histogram_size(nbins));
	dpk_histogram_init(numbers->histogram, nbins, 0, 0);
}

static void
start_hashes(dp_profile_column *c)
{
	c->distinct = palloc(dpk_distinct_size(DPK_EXACT_HASHES));
	dpk_distinct_init(c->distinct, DPK_EXACT_HASHES);
	if (c->kind == DP_PROFILE_BYTES)
		return;
	c->frequent = palloc(dpk_frequent_size(DP_PROFILE_COUNTERS));
	dpk_frequent_init(c->frequent, DP_PROFILE_COUNTERS);
	c->values = palloc0(2 * DP_PROFILE_COUNTERS * sizeof(Datum));
}

void
dp_profile_start_column(dp_profile *profile, dp_profile_column *c, Form_pg_attribute att)
{
	TypeCacheEntry *entry;
	Oid			output;
	bool		is_varlena;

	c->name = pstrdup(NameStr(att->attname));
	c->type = att->atttypid;
	c->typmod = att->atttypmod;
	c->base = getBaseType(att->atttypid);
	c->kind = kind_of(c->base);
	c->typlen = att->attlen;
	c->typbyval = att->attbyval;
	c->collation = OidIsValid(att->attcollation) ? att->attcollation :
		type_is_collatable(c->base) ? DEFAULT_COLLATION_OID : InvalidOid;
	getTypeOutputInfo(c->type, &output, &is_varlena);
	fmgr_info(output, &c->output);
	c->has_numbers = c->kind <= DP_PROFILE_BOOL;
	c->has_lengths = c->kind >= DP_PROFILE_TEXT && c->kind <= DP_PROFILE_ARRAY;
	if (c->kind <= DP_PROFILE_TIME)
		start_numbers(&c->numbers, profile->options.bins);
	if (c->base == INT2OID || c->base == INT4OID || c->base == INT8OID || c->base == DATEOID)
		c->numbers.histogram->exponent = 0; /* no bin is narrower than 1 */
	if (c->base == RECORDOID || c->base == RECORDARRAYOID)
		return;					/* whose fields may have neither */
	entry = lookup_type_cache(c->base, TYPECACHE_HASH_EXTENDED_PROC_FINFO | TYPECACHE_CMP_PROC_FINFO);
	if (OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
	{
		c->hash = &entry->hash_extended_proc_finfo;
		start_hashes(c);
	}
	if (OidIsValid(entry->cmp_proc_finfo.fn_oid) && c->base != JSONBOID && entry->typtype != TYPTYPE_COMPOSITE &&
		c->kind != DP_PROFILE_BOOL && c->kind != DP_PROFILE_BYTES && c->kind != DP_PROFILE_ARRAY)
		c->compare = &entry->cmp_proc_finfo;
}

static double
infinite_or(bool begins, bool ends, double x)
{
	return begins ? -INFINITY : ends ? INFINITY : x;
}

double
dp_profile_number(const dp_profile_column *c, Datum value)
{
	switch (c->base)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
		case BOOLOID:
			return DatumGetBool(value);
		case DATEOID:
			return infinite_or(DATE_IS_NOBEGIN(DatumGetDateADT(value)), DATE_IS_NOEND(DatumGetDateADT(value)), DatumGetDateADT(value));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return infinite_or(TIMESTAMP_IS_NOBEGIN(DatumGetTimestamp(value)), TIMESTAMP_IS_NOEND(DatumGetTimestamp(value)),
							   (double) DatumGetTimestamp(value));
	}
	return NAN;
}

static Datum
copy_value(const dp_profile *profile, const dp_profile_column *c, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(profile->context);
	Datum		copy = datumCopy(value, c->typbyval, c->typlen);

	MemoryContextSwitchTo(old);
	return copy;
}

static void
replace_value(const dp_profile *profile, const dp_profile_column *c, Datum *place, Datum value)
{
	if (!c->typbyval && DatumGetPointer(*place) != NULL)
		pfree(DatumGetPointer(*place));
	*place = copy_value(profile, c, value);
}

/* Below 0, 0 or above; numbers are told apart as doubles where these differ */
static int
compare_with(const dp_profile_column *c, Datum value, double number, Datum other, double other_number)
{
	if (c->has_numbers && number != other_number)
		return number < other_number ? -1 : 1;
	return DatumGetInt32(FunctionCall2Coll(c->compare, c->collation, value, other));
}

/* Before 'numbers' know of the value */
static void
add_to_range(const dp_profile *profile, dp_profile_column *c, Datum value, double number)
{
	if (!c->has_min)
	{
		c->min = copy_value(profile, c, value);
		c->max = copy_value(profile, c, value);
		c->has_min = true;
	}
	else if (compare_with(c, value, number, c->min, c->numbers.min) < 0)
		replace_value(profile, c, &c->min, value);
	else if (compare_with(c, value, number, c->max, c->numbers.max) > 0)
		replace_value(profile, c, &c->max, value);
}

static void
add_number(dp_profile_numbers *numbers, double x)
{
	if (numbers->moments.n == 0)
		numbers->min = numbers->max = x;
	numbers->min = Min(numbers->min, x);
	numbers->max = Max(numbers->max, x);
	numbers->zeros += x == 0;
	numbers->negatives += x < 0;
	dpk_moments_add(&numbers->moments, x);
	if (numbers->histogram == NULL)
		return;
	dpk_sketch_add(numbers->sketch.sketch, numbers->sketch.values, DPK_SKETCH_MAX, x);
	dpk_histogram_add(numbers->histogram, x);
}

static void
add_hash(const dp_profile *profile, dp_profile_column *c, Datum value)
{
	uint64		hash = dpk_mix64(DatumGetUInt64(FunctionCall2Coll(c->hash, c->collation, value, Int64GetDatum(0))));
	bool		is_new;
	int			entry;

	dpk_distinct_add(c->distinct, hash);
	if (c->frequent == NULL)
		return;
	if (c->typlen == -1 && VARSIZE_ANY_EXHDR(DatumGetPointer(value)) > DP_PROFILE_LONGEST)
	{
		c->too_long++;
		return;
	}
	entry = dpk_frequent_add(c->frequent, hash, &is_new);
	if (is_new)
		replace_value(profile, c, &c->values[entry], value);
}

static void
add_image(const dp_profile *profile, dp_profile_column *c, bytea *data)
{
	dpk_image_info info;
	dpk_image  *image = NULL;
	dpk_status	status;
	dpk_error	err;
	int			side[2];

	if (profile->options.decode_images)
		status = dp_try_decode(data, 0, &image, &info, &err);
	else
		status = dpk_image_probe((uint8_t *) VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), &profile->limits, &info, &err);
	if (image != NULL)
		dp_free_scratch(image);
	if (status != DPK_OK)
	{
		if (info.problem == DPK_UNRECOGNIZED)
			c->unrecognised++;
		else
			c->broken++;
		return;
	}
	side[0] = info.width;
	side[1] = info.height;
	for (int i = 0; i < 2; i++)
	{
		if (c->min_side[i] == 0 || side[i] < c->min_side[i])
			c->min_side[i] = side[i];
		c->max_side[i] = Max(c->max_side[i], side[i]);
	}
	c->images[info.format]++;
}

/* Characters, bytes or elements */
static int
length_of(const dp_profile_column *c, Datum value)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(value);
	ArrayType  *array;

	switch (c->kind)
	{
		case DP_PROFILE_TEXT:
			return pg_mbstrlen_with_len(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
		case DP_PROFILE_BYTES:
			return VARSIZE_ANY_EXHDR(v);
		default:
			array = DatumGetArrayTypeP(value);
			return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
}

static void
add_present(dp_profile *profile, dp_profile_column *c, Datum value, double number)
{
	bool		finite = isfinite(number);

	if (c->hash != NULL)
		add_hash(profile, c, value);
	if (c->compare != NULL && (finite || !c->has_numbers))
		add_to_range(profile, c, value, number);
	if (c->has_numbers && finite)
		add_number(&c->numbers, number);
	else if (c->has_numbers)
	{
		c->nan += isnan(number) != 0;
		c->infinite += isinf(number) != 0;
	}
	if (c->has_lengths)
	{
		int			length = length_of(c, value);

		c->empty += length == 0;
		add_number(&c->lengths, length);
	}
	if (c->kind == DP_PROFILE_BYTES)
		add_image(profile, c, DatumGetByteaPP(value));
}

double
dp_profile_add(dp_profile *profile, dp_profile_column *c, Datum value)
{
	Datum		plain = value;
	double		number;

	/* only what unpacks its value all at once is given it so; the rest of the row may be huge */
	if (c->typlen == -1)
		plain = PointerGetDatum(c->base == NUMERICOID ? PG_DETOAST_DATUM(value) : PG_DETOAST_DATUM_PACKED(value));
	c->count++;
	number = c->has_numbers ? dp_profile_number(c, plain) : NAN;
	add_present(profile, c, plain, number);
	if (plain != value)
		pfree(DatumGetPointer(plain));
	return number;
}

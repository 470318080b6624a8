/*
 * simd.h - vectors and tile shapes of the instruction set a file is compiled for
 *
 * Files of this folder are compiled once per instruction set with
 * -DDPK_ISA=avx512, avx2 or generic; every extern function is DPK_NAME(...).
 * The code is plain C over the compiler's vector extensions.  A tile is a
 * function whose shape is constant at every call, so that its accumulators
 * live in registers; the shapes are those that fill the register file.
 */
#ifndef DPK_SIMD_H
#define DPK_SIMD_H

#include "kernels.h"

#define DPK_PASTE2(a, b) a##b
#define DPK_PASTE(a, b) DPK_PASTE2(a, b)
#define DPK_STRING2(a) #a
#define DPK_STRING(a) DPK_STRING2(a)
#define DPK_NAME(fn) DPK_PASTE(dpk_##fn##_, DPK_ISA)

#define DPK_LEVEL_generic 1
#define DPK_LEVEL_avx2 2
#define DPK_LEVEL_avx512 3
#define DPK_LEVEL DPK_PASTE(DPK_LEVEL_, DPK_ISA)

/*
 * V			floats per register and per channel block
 * OCB			most output blocks in a tile
 * PX(o)		output pixels in a tile of o output blocks, at most PX_MAX
 * WOB			most output blocks in a tile of the weight gradient
 * WJ(o)		input channels beside o of them; divides V
 * FOB			most output blocks in such a tile for interleaved input, where it is of
 * FR(o), FJ(o)	kernel rows by values in a row
 */
#if DPK_LEVEL == DPK_LEVEL_avx512	/* 32 registers */
#define V 16
#define OCB 4
#define PX(o) ((o) == 4 ? 6 : (o) == 3 ? 8 : 12)
#define PX_MAX 12
#define WOB 3
#define WJ(o) ((o) == 1 ? 16 : 8)
#define FOB 4
#define FR(o) ((o) == 4 ? 2 : 3)
#define FJ(o) ((o) == 4 ? 5 : 9)
#elif DPK_LEVEL == DPK_LEVEL_avx2	/* 16 registers */
#define V 8
#define OCB 2
#define PX(o) ((o) == 2 ? 6 : 12)
#define PX_MAX 12
#define WOB 3
#define WJ(o) ((o) == 1 ? 8 : 4)
#define FOB 2
#define FR(o) ((o) == 1 ? 3 : 2)
#define FJ(o) ((o) == 1 ? 9 : 5)
#elif defined(__aarch64__)		/* 32 registers */
#define V 4
#define OCB 4
#define PX(o) ((o) == 4 ? 5 : (o) == 3 ? 7 : 10)
#define PX_MAX 10
#define WOB 4
#define WJ(o) 4
#define FOB 4
#define FR(o) ((o) == 4 ? 2 : 3)
#define FJ(o) ((o) == 4 ? 5 : 9)
#else							/* 16 registers, multiplication apart from addition */
#define V 4
#define OCB 3
#define PX(o) ((o) == 3 ? 4 : (o) == 2 ? 6 : 10)
#define PX_MAX 10
#define WOB 3
#define WJ(o) 4
#define FOB 2
#define FR(o) ((o) == 1 ? 3 : 2)
#define FJ(o) ((o) == 1 ? 9 : 5)
#endif

typedef float vec __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));
typedef int32_t ivec __attribute__((vector_size(V * 4), aligned(V * 4), may_alias));

#define VEC(p) (*(vec *) (p))
#define CVEC(p) (*(const vec *) (p))

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define TILE static inline __attribute__((always_inline))

#define BLOCKS(c) (((c) + V - 1) / V)

/* a where the mask is set, b elsewhere */
TILE vec
choose(ivec mask, vec a, vec b)
{
	return (vec) ((mask & (ivec) a) | (~mask & (ivec) b));
}

/* Row 0, column 0 of a sample's map, in its first block */
static inline long
map_origin(const dpk_map *m)
{
	return ((long) m->border * (m->w + 2 * m->border) + m->border) * V;
}

/* Which of rows 'from' up to 'to', counted through samples of h rows, are in sample i */
static inline int
first_row(int from, int i, int h)
{
	return DPK_MAX(from - i * h, 0);
}

static inline int
end_row(int to, int i, int h)
{
	return DPK_MIN(to - i * h, h);
}

static inline long
map_row(const dpk_map *m)
{
	return (long) (m->w + 2 * m->border) * V;
}

static inline long
map_plane(const dpk_map *m)
{
	return map_row(m) * (m->h + 2 * m->border);
}

#endif							/* DPK_SIMD_H */

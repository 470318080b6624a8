/*
 * components.h - what is connected with what, directly or through others
 *
 * Union-find (Galler and Fischer 1964) over n things numbered from 0: an array
 * of parents that the caller owns.  A root is linked below the smaller of the
 * two and paths are halved as they are walked (Tarjan and van Leeuwen 1984).
 * The representative of a component is its smallest member, so the order of
 * connections changes nothing; number things in the order of their keys.
 */
#ifndef DPK_COMPONENTS_H
#define DPK_COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each on its own */
static inline void
dpk_components_init(uint32_t *parent, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		parent[i] = i;
}

/* The smallest member of the component of i */
static inline uint32_t
dpk_component(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
	{
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

/* True where they were not connected before */
static inline bool
dpk_connect(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = dpk_component(parent, a);
	b = dpk_component(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
	return a != b;
}

#endif							/* DPK_COMPONENTS_H */

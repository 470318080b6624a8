/*
 * test_components.c - connected components: against scipy (test/oracle/components.py)
 */
#include "tap.h"

#include "components.h"
#include "../data/components.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define N COUNT(components)

static int
differences(uint32_t *parent)
{
	int			wrong = 0;

	for (size_t i = 0; i < N; i++)
		wrong += dpk_component(parent, i) != components[i];
	return wrong;
}

int
main(void)
{
	uint32_t	parent[N];
	size_t		apart = N,
				roots = 0;

	dpk_components_init(parent, N);
	for (size_t i = 0; i < COUNT(edges); i++)
		apart -= dpk_connect(parent, edges[i][0], edges[i][1]);
	ok(differences(parent) == 0, "components are scipy's, by their smallest member");
	for (size_t i = 0; i < N; i++)
		roots += components[i] == i;
	ok(apart == roots, "and so many connections changed something");

	dpk_components_init(parent, N);
	for (size_t i = COUNT(edges); i-- > 0;)
		dpk_connect(parent, edges[i][1], edges[i][0]);
	ok(differences(parent) == 0, "the order of connections does not matter");

	/* a chain from its far end takes the longest paths */
	for (uint32_t i = 0; i < N; i++)
		parent[i] = i > 0 ? i - 1 : 0;
	ok(dpk_component(parent, N - 1) == 0 && parent[N - 1] < N - 2, "paths are halved");
	return done();
}

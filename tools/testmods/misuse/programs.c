// SPDX-License-Identifier: GPL-2.0
/* The programs and the phases, which the KUnit suites share. */
#include "../../../kunit/misuse_scene.c"
#include "../../../kunit/misuse_place.c"
#include "../../../kunit/misuse_kernel.c"
#include "../../../kunit/misuse_double_free.c"
#include "../../../kunit/misuse_invalid_free.c"
#include "../../../kunit/misuse_access.c"
#include "../../../kunit/misuse_size.c"
#include "../../../kunit/misuse_heap.c"

# SPDX-License-Identifier: BSD-2-Clause
#
# cache.sh - sourced by whatever downloads or builds something that outlives a
# checkout: sets UNDINE_CACHE, outside the work tree, so that a clean checkout
# builds without asking the archive again.
: "${UNDINE_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/undine}"
mkdir -p "$UNDINE_CACHE"

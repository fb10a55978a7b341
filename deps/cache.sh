# SPDX-License-Identifier: BSD-2-Clause
#
# cache.sh - sourced by whatever fetches something that outlives a checkout.
#
# Sets UNDINE_CACHE, outside the work tree, so that a clean checkout builds
# without asking the archive again; and gives a private apt root there, which
# leaves the system's own apt alone and needs no privilege.  The archive is the
# one that the system itself is configured with; apt checks every file against
# its signed index.
: "${UNDINE_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/undine}"
mkdir -p "$UNDINE_CACHE"

# The archive that the system's own Debian release comes from, whether it is
# named in sources.list or in deb822 form.  Prints nothing if there is none.
system_archive()
{
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
	awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
		'$2 == release && $3 == "main" { print $1; exit }'
}

# private_apt_update TYPE RELEASE: point the private root at one release, with
# TYPE deb or deb-src, and fetch its index.  Returns 1 where the system has no
# archive to take it from.
private_apt_update()
{
	private_root=$UNDINE_CACHE/apt-$1-$2
	uri=$(system_archive)
	[ -n "$uri" ] || return 1
	mkdir -p "$private_root/lists/partial" \
		"$private_root/cache/archives/partial"
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "$1 [signed-by=$keys] $uri $2 main" >"$private_root/sources.list"
	private_apt update
}

# private_apt ARGS: apt-get in the private root; its words are shown, and the
# script ends, only if it fails.
private_apt()
{
	if ! apt-get -qq -o Dir::Etc::sourcelist="$private_root/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$private_root/lists" \
		-o Dir::Cache="$private_root/cache" \
		-o APT::Sandbox::User="$(id -un)" \
		"$@" >"$private_root/log" 2>&1
	then
		cat "$private_root/log" >&2
		echo "apt-get $* failed, see above" >&2
		exit 1
	fi
}

# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # family and conf are lib.sh's
# Cases of a booted root without packages of khttpd: a privileged container brings the server to the
# machine, as an agent on each node of a cluster does, and another one has a server of its own. Sourced
# by machine.

# The images are those that the disk came with.
engine() { STORAGE_DRIVER=overlay /srv/test/podman /srv/podman "$@"; }
image=localhost/khttpd/agent

# Container, word: waits until it has said that, or has ended without.
has_said()
{
	wait_for said_or_ended "$@"
	said "$@" || { engine logs "$1"; return 1; }
}

said() { grep -q "$2" <(engine logs "$1" 2>&1); }
ended() { [ "$(engine inspect --format='{{.State.Running}}' "$1")" = false ]; }
said_or_ended() { said "$@" || ended "$1"; }
inside_agent() { engine exec agent "$@"; }

# Its first process installs the packages, with a module for the machine's kernel, and becomes the
# server's.
case_agent_serves()
{
	not_loaded
	no_module "$(uname -r)"
	engine run --detach --name=agent --privileged --network=host --log-driver=k8s-file \
		--volume=/lib/modules:/lib/modules --env=LC_ALL=C.UTF-8 --env=DEBIAN_FRONTEND=noninteractive \
		--env=CCACHE_DIR=/var/cache/ccache "$image" /srv/test/agent
	has_said agent 'serving on port 8081'
	[ "$(cat /sys/module/khttpd/version)" = "$(cat /srv/test/expected)" ]
	[ "$(module_of "$(uname -r)")" = "$(cat /srv/test/expected)" ]
	serves 8081
	inside_agent khttpdctl health
	[ ! -e $conf ]
}

case_agent_reloads()
{
	inside_agent sh -c "echo port = 8082 >> $conf"
	engine kill --signal=HUP agent
	has_said agent "$conf applied"
	serves 8082
	silent 8081
	inside_agent sh -c "echo port = 0 >> $conf"
	engine kill --signal=HUP agent
	has_said agent 'still in force'
	serves 8082
	inside_agent sed -i '/^port = 0/d' $conf
}

# Two containers in one network namespace, which is not the machine's: one uses what the other serves,
# which has one privilege more than any container and sees nothing of the machine's server.
case_sidecar()
{
	local before
	mkdir -p /srv/site
	echo 'of the sidecar' > /srv/site/index.html
	echo 'port = 8082' > /srv/sidecar.conf
	before=$(status_of requests)
	engine run --detach --name=application --network=none "$image" sleep 1000
	engine run --detach --name=sidecar --network=container:application --cap-drop=all \
		--cap-add=NET_ADMIN --log-driver=k8s-file --volume=/srv/site:/var/www/khttpd:ro \
		--volume=/srv/sidecar.conf:$conf:ro \
		--volume=/srv/tree/build/tools/khttpdctl:/usr/sbin/khttpdctl:ro "$image" khttpdctl run
	has_said sidecar 'serving on port 8082'
	engine exec application curl -sS --max-time 20 http://127.0.0.1:8082/ | grep -qx 'of the sidecar'
	[ "$(engine exec sidecar sed -n 's/^requests //p' /proc/net/khttpd/status)" = 1 ]
	[ "$(status_of requests)" = "$before" ]
	serves 8082
	echo 'port = 8083' > /srv/sidecar.conf
	engine kill --signal=HUP sidecar
	wait_for application_gets 8083
	engine stop --time=60 sidecar
	[ "$(engine inspect --format='{{.State.ExitCode}}' sidecar)" = 0 ]
	fails any application_gets 8083
	engine rm sidecar
	engine kill --signal=KILL application
	engine rm --force application
	serves 8082
}

application_gets()
{
	engine exec application curl -s --max-time 20 "http://127.0.0.1:$1/" | grep -qx 'of the sidecar'
}

# Its end is the server's, and unloads the module; nothing is left on the machine.
case_agent_ends()
{
	inside_agent /srv/test/agent remove
	no_module "$(uname -r)"
	serves 8082
	engine stop --time=60 agent
	[ "$(engine inspect --format='{{.State.ExitCode}}' agent)" = 0 ]
	not_loaded
	silent 8082
	engine rm agent
	[ -z "$(find /lib/modules/ -name 'khttpd*')" ]
	[ ! -e /var/lib/dkms/khttpd ]
}

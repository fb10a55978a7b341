# SPDX-License-Identifier: BSD-2-Clause
"""What servers are told of the machine that asks: nginx's log has it."""
from network import SERVER

MAC = "52:54:00:12:34:56"


def agents(site):
    return {r.line.split()[1]: r.agent for r in site.nginx.requests() if r.agent}


def test_user_agent_names_the_machine_where_that_is_wanted(stage, site):
    """Strangers hear Undine's name and version; one's own servers what the setting says, as it is at that moment."""
    site.put("data", b"data")
    site.start(script=f"#!ipxe\nimgfetch http://{SERVER}/data?1\nset n 7\nimgfetch http://{SERVER}/data?2\n"
                      f"clear user-agent\nimgfetch http://{SERVER}/data?3\necho all is fetched\nprompt --timeout 1\n",
               dhcp=["--dhcp-option=tag:undine,224,user-agent=n${n}/${net0/mac}/${ip}/${version}",
                     f"--dhcp-host={MAC},10.77.0.59"])
    vm = stage.boot()
    vm.expect("all is fetched", 60)
    seen = agents(site)
    version = seen["/data?3"].removeprefix("Undine/")
    assert seen["/data?3"] == f"Undine/{version}" and version
    assert seen["/boot.ipxe"] == seen["/data?1"] == f"n/{MAC}/10.77.0.59/{version}"
    assert seen["/data?2"] == f"n7/{MAC}/10.77.0.59/{version}"

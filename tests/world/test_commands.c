/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands as scripts use them, from the script to the wire: what each says, what it succeeds and fails at, and with
 * which words.  A row is a script; "well" at its end is where it should come to.
 */
#include <stdint.h>
#include <string.h>

#include "tests/unit/kld_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/video.h"

#define SECOND 1000000ull
#define SAID_MAX 8

/* Scripts, as gzip and zlib pack them. */
static const uint8_t gzipped[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x53, 0x56, 0xcc, 0x2c, 0xa8, 0x48,
	0xe5, 0x4a, 0x4d, 0xce, 0xc8, 0x57, 0xc8, 0x2c, 0x51, 0x28, 0x4f, 0x2c, 0x56, 0x28, 0x48, 0x4c,
	0xce, 0x4e, 0x4d, 0xe1, 0x02, 0x00, 0xad, 0x98, 0xa0, 0x78, 0x1a, 0x00, 0x00, 0x00,
};
static const uint8_t deflated[] = {
	0x78, 0x9c, 0x53, 0x56, 0xcc, 0x2c, 0xa8, 0x48, 0xe5, 0x4a, 0x4d, 0xce, 0xc8, 0x57, 0xc8, 0x2c,
	0x51, 0x28, 0x4f, 0x2c, 0x56, 0xa8, 0xca, 0xc9, 0x4c, 0xe2, 0x02, 0x00, 0x61, 0x2e, 0x07, 0xe7,
};
static const char some[] = "some bytes";

static const struct row {
	const char *script;		/* without its first line */
	const char *said[SAID_MAX];	/* in the log */
	const char *never;
} rows[] = {
	/* forms: what the server is sent comes back as a script that says it */
	{ "params\nparam mac ${net0/mac}\nparam two words and  more\nchain echo##params\necho well\n",
	  { "asked: POST /echo HTTP/1.1 type application/x-www-form-urlencoded body mac=02%3A00%3A00%3A00%3A00%3A01"
	    "&two=words%20and%20more", "well" }, NULL },
	{ "params --name a --method put\nparam --params a --header X-Token it is me\nparam --params a k v\n"
	  "chain http://files.test/echo##params=a || goto out\nchain echo##params=a\n:out\necho well\n",
	  { "asked: PUT /echo HTTP/1.1 token it is me type application/x-www-form-urlencoded body k=v",
	    "echo##params=a: no list of parameters is there for it", "asked: GET /echo HTTP/1.1", "well" }, NULL },
	{ "params -m get\nparam a b\nparam -H X-Token t\nimgfetch --name it echo?x##params\nimgstat\nchain it\n",
	  { "asked: GET /echo?x&a=b HTTP/1.1 token t body", "it: " }, "##params" },
	{ "params\nparams --delete\nparams -d -n none\nparam a b || echo well\n",
	  { "param: there is no list to add a to; params makes one", "well" }, NULL },
	{ "params --method HEAD || echo well\n",
	  { "params: --method is to be GET, POST or PUT, not HEAD", "well" }, NULL },
	{ "params\nparam --header Host h || echo one\nparam --header X:Y z || echo two\n",
	  { "param: Host is said by Undine itself", "one", "param: no header can be called X:Y", "two" }, NULL },
	{ "set ten 0123456789\nset hundred ${ten}${ten}${ten}${ten}${ten}${ten}${ten}${ten}${ten}${ten}\n"
	  "set user-agent ${hundred}${hundred}${hundred}\nimgfetch some && echo well\n",
	  { "user-agent: longer than 255 bytes: it is not told", "well" }, NULL },
	/* files */
	{ "imgfetch some\nmd5sum some && sha1sum some && sha224sum some && sha256sum some && echo well\n",
	  { "9d0568469d206c1aedf1b71f12f474bc  some", "f2497d87345140ed5bb53fa233aba45e1aefdd75  some",
	    "c41858c20c956c41c9832ef1c939b9d4a6d04fa2bb352318a23d1a30  some",
	    "0d22cdcc10e6d049dbe1af5123d50873fdfc1a4f58306e58cb6241be9472014d  some", "well" }, NULL },
	{ "sha384sum --set a some && sha512sum -s b:string http://files.test/some\niseq ${a} "
	  "f079ca10b8d37050cce6caf77d926d562e343317482abf3c41ba3964c258be4a"
	  "e3e4b13530af18e86741e1583f209f60 && echo right\nshow a\nimgstat\nmd5sum none || echo well\n",
	  { "right", "a:hexraw = ", "some: 10 bytes, file", "http://files.test/none: 404", "well" }, NULL },
	{ "imgset --timeout 2000 a some\nshow a\nimgset -k -q b:hex some\nshow b\nimgstat\n"
	  "imgset c none || echo none\nimgset telnetd.port some || echo well\n",
	  { "a:string = some bytes", "b:hex = 73:6f:6d:65:20:62:79:74:65:73", "some: 10 bytes, file", "none",
	    "well" }, NULL },
	{ "imgextract pack.gz\nimgstat\nchain pack\nimgextract --keep --name z pack.zz && imgstat\nchain z\n"
	  "imgextract some || echo well\n",
	  { "imgextract: pack: 26 bytes", "  pack: 26 bytes, module, script", "it was packed", "  pack.zz: ",
	    "  z: 24 bytes", "it was zlib", "imgextract: some is unknown, and only gzip and zlib can be extracted",
	    "well" }, "  pack.gz: " },
	{ "imgargs -q -t 5000 --name first some a b\nimgargs --autofree first c\nimgstat\n"
	  "boot first || imgstat first || echo well\n",
	  { "  first: 10 bytes", "    c", "imgstat: no image is called first", "well" },
	  "http: http://files.test/some" },
	{ "imgargs some a b\nimgargs some\nimgstat\nimgmem 0 16 || echo low\n"
	  "imgmem 0x1000 0x100000000 || echo long\nimgmem x 1 || echo well\n",
	  { "  some: 10 bytes, module", "imgmem: from 0 on there are no 16 bytes", "low", "long",
	    "imgmem: x is no number", "well" }, "    a b" },
	{ "kernel --quiet some\nkernel -q -n k -t 5000 -a some\nimgstat\nboot || imgstat k || echo well\n",
	  { "  some: 10 bytes, file", "  k: 10 bytes, kernel", "boot: k (unknown) cannot",
	    "imgstat: no image is called k", "well" }, "http: http://files.test/some" },
	{ "imgset a data:,b%20c\nshow a\nimgfetch --name s data:;base64,IyFpcHhlCmVjaG8gaW4gdGhlIFVSTAo=\nchain s\n"
	  "imgfetch data:text || imgset b data:;base64,A || echo well\n",
	  { "a:string = b c", "in the URL", "data:text: no data URL", "well" }, NULL },
	{ "sanboot --keep --no-describe iscsi:10.0.0.1::::x || sanboot -n -d 0x99 || echo well\n",
	  { "sanboot: iscsi:10.0.0.1::::x: there are no SAN drives yet; memdisk", "sanboot: drive 99h: ",
	    "well" }, NULL },
	{ "ntp nowhere.test || ntp 10.0.0.1 || echo well\n",
	  { "there is no host nowhere.test", "ntp: 10.0.0.1", "well" }, NULL },
	/* redirects: names are relative to where they led */
	{ "chain http://u:p%40w@files.test/menu\nimgfetch --name s menu\nimgstat\nchain s\nchain part && echo well\n",
	  { "fetch: http://files.test/menu is at http://files.test/menu/",
	    "menu at http://*******@files.test/menu/ in http://*******@files.test/menu/",
	    "part at http://*******@files.test/menu/part", "menu at http://files.test/menu/ in",
	    "part at http://files.test/menu/part", "http://files.test/part: 404" }, "well" },
	{ "chain far && echo well\n", { "menu at http://files.test/menu/?X-Signature=", "part at", "well" }, NULL },
	/* what is on servers */
	{ "ls http://u:p@files.test/pub/ && ls pub && ls /pub/k && ls . && echo wrong ||\n"
	  "ls tftp://files.test/ || echo no\nls || ls some/ || echo well\n",
	  { "                boot/", "            11  a b", "       1.5 KiB  rough", "             ?  unknown",
	    "          10  k", "http://files.test/: 404", "by tftp nobody can be asked what is in a folder",
	    "well" }, "wrong" },
	{ "ls ftp://files.test/pub/ && ls ftp://files.test/pub && ls ftp://files.test/small && echo so far\n"
	  "ls ftp://files.test/none || ls ftp://files.test/none/ || echo well\n",
	  { "                boot/", "            11  a b", "                boot/", "            11  a b",
	    "           100  small", "so far", "550 Failed to change directory.; check the path", "well" }, NULL },
	{ "ls nfs://files.test/srv/ && ls nfs://files.test/srv/boot && ls nfs://files.test/srv/file && echo so far\n"
	  "ls nfs://files.test/srv/none || ls nfs://files.test/srv/file/ || echo well\n",
	  { "                boot/", "         20000  file", "             ?  link", "           100  small",
	    "         20000  file", "so far", "says of /srv/file: that is no folder", "well" }, NULL },
	{ "ls pub/empty/ || echo well\n",
	  { "ls: http://files.test/pub/empty/: nothing in it can be seen: it is empty, or no listing", "well" }, NULL },
	/* FreeBSD's tree: what is there, by http and by tftp; what fails leaves nothing behind */
	{ "freebsd fbsd/boot -v x=y && imgstat && imgset env loader.conf\nshow env\n"
	  "imgfree\nfreebsd tftp://files.test/fbsd/boot/ && imgstat second && echo well\n",
	  { "freebsd: /boot/loader.conf: line 2 is no NAME=\"VALUE\"",
	    "freebsd: /boot/kernel/first.ko needs module second",
	    "  /boot/kernel/other.ko: 880 bytes, module", "    -g -v x=y", "/some: 10 bytes, module, unknown, --type",
	    "b=\"20\"", "freebsd: alone is left out", "imgstat: no image is called second" }, "well" },
	{ "imgfetch some\nfreebsd pub/ || imgstat && freebsd fbsd/bad/ || imgstat\n",
	  { "freebsd: there is no kernel kernel in http://files.test/pub/kernel/kernel.gz",
	    "freebsd: /boot/kernel/kernel: not an ELF file", "some: 10 bytes" }, "/boot/kernel/kernel: 10" },
	/* by a proxy; names that the resolver does not know are its business */
	{ "set no-proxy 10.0.0.0/8 .test\nset http-proxy http://op:p%40w@files.test:3128/\nshow http-proxy\n"
	  "imgfetch -n a some && imgfetch -n b http://10.0.0.1/some\nclear no-proxy\nimgfetch -n c some\n"
	  "chain http://no.where/echo?x\nset http-proxy 10.0.0.1\nimgfetch member || echo refused\n"
	  "clear http-proxy\nimgfetch member || imgfetch http://no.where/some || echo well\n",
	  { "a 10 bytes in", "c 10 bytes in", "asked: GET /echo?x HTTP/1.1",
	    "407 Who from the proxy 10.0.0.1:3128; user or password is missing or wrong; in http-proxy", "refused",
	    "403 Who from", "there is no host no.where", "well" }, "p%40w" },
	{ "set mirrors http://files.test/,nonsense/ && echo one\nset no-proxy .lan,10.0.0.0/99 || echo two\n"
	  "isset ${no-proxy} || echo three\nset no-proxy 10.0.0.0/8\nset mirrors http://a/ http://b/ && echo well\n",
	  { "mirrors: the folder with number 2 of them is no URL, as http://mirror/debian/ is", "one",
	    "no-proxy: .lan,10.0.0.0/99 has a network that is none, as 10.0.0.0/8 is; what was in force stays", "two",
	    "three", "well" }, NULL },
	/* what is none of the words, or no number, is refused; a plain word may be a script's own variable */
	{ "set dhcp.cached maybe && echo wrong ||\nset dhcp.release 2 && echo wrong ||\n"
	  "set console.plain or && echo wrong ||\nset undi.trace on && echo wrong ||\n"
	  "set undi.transport pm16 && echo wrong ||\nset undi.cards 0 && echo wrong ||\n",
	  { "dhcp.cached is to be yes, 1, no or 0", "dhcp.release is to be", "console.plain is to be 1 or 0",
	    "undi.trace is to be 1 or 0", "undi.transport is to be auto, pm, v86 or real",
	    "undi.cards is to be a number, 1 to 2147483647" }, "wrong" },
	{ "set module.cpu long && echo wrong ||\nset module.memory -1 && echo wrong ||\n"
	  "set menu-idle:string x && echo wrong ||\nset tftp-by-rom yes && echo wrong ||\n"
	  "set net0/fetch-parallel 0 && echo wrong ||\nisset ${fetch-parallel} || echo none\n",
	  { "module.cpu is to be a number, 0 to", "module.memory is to be", "menu-idle is to be",
	    "tftp-by-rom is to be", "net0/fetch-parallel is to be a number, 1 to", "none" }, "wrong" },
	{ "set telnetd.port 0 || set telnetd.allow 10.0.0.0/99 || set telnetd.insecure maybe || telnetd --idle x ||\n"
	  "isset ${telnetd.port} || echo none\n",
	  { "telnetd: port is to be a number, 1 to 65535",
	    "telnetd: allow is to be ADDRESS/LEN, up to 8, with commas", "telnetd: insecure is to be yes or no",
	    "telnetd: idle is to be seconds, 0 to 4000000", "none" }, "set: " },
	/* who may come in is taken back: nobody may */
	{ "set telnetd.password abc\nclear telnetd.password\nisset ${telnetd.password-sha256} || echo gone\n",
	  { "telnetd: listening on port 23, with a password", "telnetd: off, for no setting says any more",
	    "gone" }, NULL },
	{ "set telnetd.insecure yes\nset telnetd.readonly yes\nclear telnetd.readonly\n"
	  "set telnetd.insecure no && echo none\n",
	  { "telnetd: listening on port 23", "telnetd: off, for no setting says any more who", "none" }, NULL },
	{ "telnetd --password abc\nset telnetd.port 24\nclear telnetd.port\n", { "telnetd: stays off" },
	  "telnetd: off" },
	{ "set trust-policy sigend\nimgfetch some || echo none\n",
	  { "trust-policy is \"sigend\", neither open nor signed: nothing is run until the machine is started anew" },
	  NULL },
	{ "set dhcp.cached yes && set console.plain 1 && set undi.transport v86 && set undi.cards:int8 2 && "
	  "set menu-idle 0 && set tftp-by-rom 0 && set net0/driver native && set driver auto && echo all\n"
	  "set driver mine && set watchdog never && set localboot x && set dhcp:hex 61 && echo well\nclear driver\n",
	  { "all", "driver is to be auto, undi or native; it is not heeded",
	    "watchdog is to be a number, 0 to 2147483647; it",
	    "localboot is to be disk; it is", "dhcp is to be yes or no; it is", "well" }, "native is to be" },
	{ "set http-proxy socks://h && echo wrong ||\n"
	  "set http-proxy http:// && echo wrong ||\nset http-proxy https://x:1/ ||\nimgfetch some\n"
	  "clear http-proxy\nimgfetch some\nset http-proxy 10.0.0.77:5\nset fetch.connect-timeout 1\n"
	  "imgfetch --name last some || echo well\n",
	  { "http-proxy: socks://h is no proxy, as http://proxy:3128 is", "http-proxy: http:// is no proxy",
	    "http-proxy: https://x:1/ is no proxy, as http://proxy:3128 is; there are none of another kind",
	    "the proxy 10.0.0.77:5 does not answer", "well" }, "wrong" },
	/* who asks: by the URL, by settings, and not where a redirect leads to another server */
	{ "imgfetch -n a http://op:p%40w@files.test/digest && imgfetch digest || echo nobody\nset username op\n"
	  "set password p@w\nimgfetch -n b digest && imgfetch -n c strange || echo strange\n"
	  "set password wrong\nimgfetch digest || echo well\n",
	  { "a 19.5 KiB in", "http://files.test/digest: 401 Who from 10.0.0.1:80; user or password is missing or wrong",
	    "nobody", "b 19.5 KiB in", "http://files.test/strange: 401 Who", "strange", "well" }, "trying again" },
	/* servers that make one wait, and some that are not there any more */
	{ "imgfetch late-25 && echo well\n",
	  { "took the request but sends no answer; trying again from the start in", "(try 2), waiting 2 times as "
	    "long, in packets of 1220 bytes (larger ones may be lost)", "well" }, "come through" },
	{ "imgfetch pause && echo well\n",
	  { "fell silent after ", "(try 2), waiting 2 times as long", "well" }, "in packets of" },
	{ "imgfetch narrow && imgfetch -n b file && echo well\n",
	  { "took the request but sends no answer", "10.0.0.1:80: packets of 1220 bytes come through, and larger ones "
	    "did not", "b 19.5 KiB in", "well" }, "(try 3)" },
	{ "set fetch.connect-timeout 1\nimgfetch gone || echo well\n",
	  { "10.0.0.1:80 is gone: not even its machine answers any more, after 12000 of 20000 bytes", "does not answer",
	    "well" }, "times as long" },
	{ "set fetch.patience 1\nset fetch.response-timeout 2\nimgfetch late-3 || echo well\n",
	  { "sends no answer; given up after 6 tries", "well" }, "times as long" },
	{ "set fetch.response-timeout 2\nimgfetch late-13 || echo well\nset fetch.patience 7\n"
	  "imgfetch late-13 && echo all\n",
	  { "waiting 4 times", "well", "waiting 7 times", "all" }, "waiting 8" },
	/* cookies go back to their path, also where redirects lead, and are not spoken of; the next try has none */
	{ "imgfetch member || imgfetch -n a log-in && imgfetch -n b member && imgstat && echo well\n",
	  { "member: 403 Who", "log-in is at http://files.test/member", "a 19.5 KiB in", "  b: 19.5 KiB", "well" },
	  "s3cret" },
	{ "imgfetch no-parts && imgfetch ten && imgfetch -n again ten && imgstat && echo well\n",
	  { "ended the file early after 12000 of 20000 bytes; trying again from the start", "  no-parts: 19.5 KiB",
	    "  again: 19.5 KiB", "well" }, NULL },
	/* several places of one file: the rest comes from the next, if it is the same; else all of it does */
	{ "imgfetch -n a http://files.test/short|http://10.0.0.1/file && imgfetch -n b file\nsha256sum --set x a\n"
	  "sha256sum --set y b\niseq ${x} ${y} && imgstat && echo well\n",
	  { "http://files.test/short: 10.0.0.1:80 ended the file early after 12000 of 20000 bytes; going on from byte "
	    "12000 at http://10.0.0.1/file", "a 19.5 KiB in", "tried again 1 times", "  a: 19.5 KiB", "well" },
	  "trying again" },
	{ "imgfetch short|http://10.0.0.1/some && imgstat\nimgfetch cut|http://10.0.0.1/file && imgstat && echo well\n",
	  { "sends the file from the start again", "short 10 bytes in", "going on from byte 0 at http://10.0.0.1/file",
	    "  cut: 19.5 KiB", "well" }, NULL },
	{ "imgfetch http://[fd00::1]/file || imgfetch http://10.0.0.1:99999/file || imgfetch nfs://10.0.0.1:9/file || "
	  "echo well\n",
	  { "http://[fd00::1]/file: that is no URL; it should begin like http://server/ or http://server:80/ (no IPv6)",
	    "http://10.0.0.1:99999/file: that is no URL",
	    "10.0.0.1:9 refuses the connection; is an NFS server running there?", "well" }, NULL },
	{ "imgfetch none|http://10.0.0.1:9/file|http://no.where/file|http://10.0.0.1/file && imgstat none && "
	  "echo well\n",
	  { "/none: 404 Not Found from", "at http://10.0.0.1:9/file", "refuses the connection",
	    "at http://no.where/file", "there is no host no.where", "at http://10.0.0.1/file", "  none: 19.5 KiB",
	    "well" }, "trying again" },
	{ "imgfetch stall|http://10.0.0.1/late-25|http://10.0.0.1/file && echo well\n",
	  { "fell silent after 12000 of 20000 bytes", "sends no answer", "well" }, "trying again" },
	{ "cat odd-text && cat none || cat file && echo well\n",
	  { "\none line\n", "\n?two??\n\nthe last", "none: 404 Not Found", "well" }, "2J" },
	/* what cannot be asked of several places is refused, or is asked of one after the other; those over eight */
	{ "params\nparam a b\nimgfetch some|http://10.0.0.1/file##params || echo well\n",
	  { "what ##params sends goes to one place, and http://files.test/some|http://10.0.0.1/file", "well" },
	  "Not Found" },
	{ "ls none/|http://10.0.0.1/pub/ && echo well\n",
	  { "/none/: 404 Not Found from", "at http://10.0.0.1/pub/", "well" }, "trying again" },
	{ "ls sick/ || ls error || echo well\n",
	  { "sick/: 500 Oh from 10.0.0.1:80; given up", "error: 500 Oh from 10.0.0.1:80; given up", "well" }, NULL },
	{ "set mirrors http://files.test/ http://1.test/ http://2.test/ http://3.test/ http://4.test/ http://5.test/ "
	  "http://6.test/ http://7.test/ http://8.test/\nimgfetch some && echo well\n",
	  { "http://files.test/some: 1 of its places are not asked: a file may have 8", "well" }, NULL },
	{ "imgfetch to-tftp && echo well\n", { "tftp: to-tftp 19.5 KiB in", "well" }, "http: to-tftp" },
	{ "set mirrors http://files.test/x/, http://10.0.0.1/menu/ http://files.test/y/\n"
	  "chain http://files.test/x/ && echo wrong\nimgfetch http://files.test/x/none || echo well\n",
	  { "files.test/x/: 404", "menu at http://10.0.0.1/menu/ in", "part at http://10.0.0.1/menu/part",
	    "at http://files.test/y/none", "http://files.test/x/none: 404", "well" }, "trying again" },
	/* a place that nobody can ask is none, and by TFTP nothing goes on that another has begun */
	{ "imgfetch -n a http://files.test/short|gopher://files.test/x|http:///y ; imgstat && echo well\n",
	  { "trying again from byte 12000", "well" }, "crashed" },
	{ "imgfetch -n b file\nimgfetch -n a http://files.test/short|tftp://10.0.0.1/file && sha256sum --set x a && "
	  "sha256sum --set y b && iseq ${x} ${y} && echo well\n",
	  { "going on from byte 0 at tftp://10.0.0.1/file", "well" }, NULL },
	{ "set fetch.connect-timeout 1\nimgfetch http://10.0.0.1:9/a|http://10.0.0.1:9/b || echo well\n",
	  { "trying again from the start", "given up after", "well" }, NULL },
	/* what scripts ask of the machine */
	{ "cpuid 0 || goto out\ncpuid --ext --ecx 31 && goto out ||\ncpuid -a -c 31 || echo no bit\n"
	  "cpuid 32 || echo no such bit\necho well\n:out\n",
	  { "no bit", "cpuid: bits go from 0 to 31", "no such bit", "well" }, NULL },
	{ ":next\npciscan addr || goto done\necho found ${addr} ${addr:busdevfn}\ngoto next\n:done\n"
	  "isset ${addr} && echo well\n",
	  { "found 0x0 0000:00:00.0", "found 0x18 0000:00:03.0", "found 0x1a 0000:00:03.2",
	    "found 0x100 0000:01:00.0", "well" }, "0x19" },
	{ "set a:string x\npciscan a || echo well\n",
	  { "pciscan a: not a setting that holds a PCI address", "well" }, NULL },
	{ "usbscan dev || echo well\n",
	  { "usbscan: Undine drives no USB", "so dev stays as it is", "well" }, NULL },
	/* what was set of a VLAN goes with it */
	{ "set net0-5/x one\nset net0-50/x other\nvcreate --tag 5 net0\nset net0-5/ip 10.5.0.9\nset net0-5/mtu 1400\n"
	  "ifstat net0-5\nvdestroy net0-5\nshow net0-5/x || show net0-5/ip || echo gone\nvcreate --tag 5 net0\n"
	  "ifstat net0-5\nshow net0-50/x && echo well\n",
	  { "address 10.5.0.9", "show net0-5/ip: not set", "gone", "link up, mtu 1496", "no address; dhcp gets one",
	    "net0-50/x:string = other", "well" }, NULL },
	/* what is not here, and what need not be */
	{ "shim --allow-pxe x ; sync --timeout 5 && startpxe && stoppxe net0 && echo well\n"
	  "startpxe net7 || echo no net7\n",
	  { "well", "startpxe: there is no interface net7", "no net7" }, NULL },
	{ "imgdecrypt a b || sanhook --drive 0x81 iscsi:x || iwstat net9 || fcels -p 1 || "
	  "certstat --subject a || echo well\n",
	  { "imgdecrypt: no encrypted images are read yet",
	    "sanhook: there are no SAN drives yet; memdisk",
	    "iwstat: there are no wireless cards here", "fcels: there is no Fibre",
	    "no certificate of the common name a is stored", "well" },
	  "usage" },
	{ "nstat && ipstat && profstat && echo well\n", { "10.0.0.1 ", "ip_in ", "fetch2", "well" }, NULL },
	/* graphics; lines and columns are those between the margins */
	{ "console --x 201 --y 100 || console -x 200 -y 100 --depth 24 || echo none\n"
	  "console --x 200 --y 100 --left 30 || console --y 100 && console --top 3 && echo well\n",
	  { "has no graphics mode (VBE, with a linear frame buffer) of 201x100 pixels and 0 bits, or more",
	    "of 200x100 pixels and 24 bits", "none", "these margins leave less than 20 columns and 5 lines", "well" },
	  "picture" },
	{ "console --picture some || console --picture none.png || console --picture waves.png --keep && imgstat\n"
	  "console --picture waves.png && imgstat waves.png || echo it is gone\nconsole && echo well\n",
	  { "console: some cannot be shown: it is neither PNG nor PNM; the screen stays as it is", "none.png: 404",
	    "  waves.png: 944 bytes, file", "it is gone", "well" }, NULL },
	{ "console --picture dots.pbm && console --picture cut.pgm || echo by hand\n",
	  { "console: cut.pgm cannot be shown: it ends too early, after 12 bytes;", "by hand" }, "dots.pbm cannot" },
	/* one that has been sent is not sent again */
	{ "params\nparam a b\nchain reset##params || echo well\n",
	  { "http://files.test/reset: 10.0.0.1:80 ", "well" }, "trying again" },
};

static bool has_ended(void)
{
	return pc_said("all is tried again in") || pc_ended();
}

/* A folder, which web servers want to have a slash; and what a store signs a URL with. */
static void serve_menu(void)
{
	static const char menu[] = "#!ipxe\necho menu at ${cwuri} in ${cwduri}\nchain part\n";
	static const char part[] = "#!ipxe\necho part at ${cwuri}\n";
	static char signed_url[8000];
	far_serve("/menu", "", 0)->location = "/menu/";
	far_serve("/menu/", menu, sizeof(menu) - 1);
	far_serve("/menu/part", part, sizeof(part) - 1);
	memset(signed_url, 's', sizeof(signed_url) - 1);
	memcpy(signed_url, "/menu/?X-Signature=", 19);
	far_serve("/far", "", 0)->location = signed_url;
	far_serve("/to-tftp", "", 0)->location = "tftp://10.0.0.1/file";
	static const char odd_text[] = "one line\r\n\0two\1\377\n\n\033[2Jthe last";
	far_serve("/odd-text", odd_text, sizeof(odd_text) - 1);
	far_serve("/sick/", "", 0)->instead = "/error";
	far_serve("/strange", "", 0)->location = "http://10.0.0.1/digest";
}

static void serve_listings(void)
{
	static const char page[] = "<a href=\"../\">../</a>\n<a href=\"boot/\">boot/</a>  28-Nov-2026 10:00  -\n"
		"<a href=\"a%20b\">a b</a>  28-Nov-2026 10:00  11\n<a href=\"/pub/rough\">rough</a>  1.5K\n"
		"<a href=\"unknown\">unknown</a>\n";
	far_serve("/pub", "", 0)->location = "/pub/";
	far_serve("/pub/", page, sizeof(page) - 1);
	far_serve("/pub/k", some, strlen(some));
	far_serve("/pub/empty/", "", 0);
}

/* A kernel that has module kernel, one that needs what is in other.ko, and one that needs what is nowhere. */
static void serve_freebsd(void)
{
	static struct kld_file kernel, first, second, alone;
	static uint8_t hints[200];
	static const char conf[] = "first_load=\"YES\"\nwhat\nroot_load=YES\nroot_type=md\nroot_name=/some\n"
		"alone_load=YES\nkernel_options=-g\na=1\nb=2\n", page[] = "<a href=\"2.conf\">2</a>"
		"<a href=\"1.conf\">1</a><a href=\"no\">no</a>", one[] = "b=10\n", two[] = "b=20\n";

	kernel = kld_file("kernel", 1500000, NULL, 0, 0);
	first = kld_file("first", 1, "second", 2, 5);
	second = kld_file("second", 3, "kernel", 1400000, 1599999);
	alone = kld_file("alone", 1, "second", 4, 5);
	far_serve("/fbsd/boot/loader.conf", conf, sizeof(conf) - 1);
	far_serve("/fbsd/boot/loader.conf.d/", page, sizeof(page) - 1);
	far_serve("/fbsd/boot/loader.conf.d/1.conf", one, sizeof(one) - 1);
	far_serve("/fbsd/boot/loader.conf.d/2.conf", two, sizeof(two) - 1);
	far_serve("/fbsd/boot/kernel/kernel", &kernel, sizeof(kernel));
	far_serve("/fbsd/boot/kernel/linker.hints", hints, kld_hint(hints, 0, "second", 3, "other.ko"));
	far_serve("/fbsd/boot/kernel/first.ko", &first, sizeof(first));
	far_serve("/fbsd/boot/kernel/other.ko", &second, sizeof(second));
	far_serve("/fbsd/boot/modules/alone.ko", &alone, sizeof(alone));
	far_serve("/fbsd/some", some, strlen(some));
	far_serve("/fbsd/bad/kernel/kernel", some, strlen(some));
}

static void plays(void *arg)
{
	static const char dots[] = "P1\n# three dots\n3 1\n101\n", cut[] = "P2 2 1 9\n4 \n";
	const struct row *row = *(const struct row *const *)arg;
	static char script[4096];
	CHECK(snprintf(script, sizeof(script), "#!ipxe\n%s", row->script) < (int)sizeof(script));
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/some", some, strlen(some));
	far_serve("/pack.gz", gzipped, sizeof(gzipped));
	far_serve("/pack.zz", deflated, sizeof(deflated));
	serve_menu();
	serve_listings();
	serve_freebsd();
	video_serve_picture("/waves.png");
	far_serve("/dots.pbm", dots, strlen(dots));
	far_serve("/cut.pgm", cut, strlen(cut));
	video_can_graphics = true;
	pc_start(NULL);
	CHECK(machine_run(has_ended, 120 * SECOND));
	for (unsigned i = 0; i < SAID_MAX && row->said[i]; i++)
		if (!pc_said(row->said[i])) {
			fprintf(stderr, "%s\nnot said: %s\n", script, row->said[i]);
			abort();
		}
	CHECK(!row->never || !pc_said(row->never));
}

static bool each_plays(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		good = machine_alone(plays, &row) && good;
	}
	return good;
}

/* The picture is on the screen, also behind text; and text mode comes back when the shell's task ends. */
static void over_a_picture(void *arg)
{
	static const char script[] = "#!ipxe\nconsole --picture waves.png\nshell\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	video_serve_picture("/waves.png");
	video_can_graphics = true;
	pc_start(NULL);
	CHECK(pc_says("Prompt within the script", 60 * SECOND));
	machine_run(NULL, SECOND);
	CHECK(video_is_graphics());
	CHECK_INT(video_pixel(0, 0), 0);
	CHECK_INT(video_pixel(VIDEO_WIDTH / 2, VIDEO_HEIGHT / 2), 16 << 11 | 63 << 5);
	CHECK_INT(video_pixel(4, 3), 21 << 11 | 42 << 5 | 21);		/* a letter */
	pc_type("console --x 9000 --y 7000\n");
	CHECK(pc_says("or more; the screen is one of text", 60 * SECOND));
	CHECK(!video_is_graphics());
	pc_type("console --picture waves.png\n");
	machine_run(NULL, 10 * SECOND);
	CHECK(video_is_graphics());
	CHECK_INT(video_pixel(VIDEO_WIDTH / 2, VIDEO_HEIGHT / 2), 16 << 11 | 63 << 5);
	pc_type("crash shell\n");
	CHECK(pc_says("shell: service started again", 60 * SECOND));
	machine_run(NULL, SECOND);
	CHECK(!video_is_graphics());
}

static unsigned listed;

static void count_listings(const char *request)
{
	listed += strstr(request, "GET /pub/ ") != NULL;
}

/* Tab asks a server for what is in a folder, once; a key ends a server's silence. */
static void completes_urls(void *arg)
{
	static const char script[] = "#!ipxe\nshell\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	serve_listings();
	far_asked = count_listings;
	pc_start(NULL);
	CHECK(pc_says("Prompt within the script", 60 * SECOND));
	pc_type("echo http://files.test/pub/a\t");
	machine_run(NULL, 3 * SECOND);
	pc_type("x\n");
	CHECK(pc_says("http://files.test/pub/a%20b x", 5 * SECOND));
	pc_type("echo http://files.test/pub/b\tx http://files.test/pub/\t\n");
	machine_run(NULL, 3 * SECOND);
	CHECK(pc_said("http://files.test/pub/boot/x"));
	CHECK(pc_said("boot/ a%20b rough unknown"));
	CHECK_INT(listed, 1);
	pc_type("echo http://files.test/silent/\t");
	machine_run(NULL, SECOND);
	pc_type("z\n");
	CHECK(pc_says("http://files.test/silent/z", SECOND));
	pc_type("echo http://files.test/silent/\t");
	CHECK(pc_says("http://files.test/silent/: its server has not said in 5 s what is there", 6 * SECOND));
	pc_type("w\n");
	CHECK(pc_says("http://files.test/silent/w", SECOND));
}

static bool urls_completed(const void *arg)
{
	(void)arg;
	return machine_alone(completes_urls, NULL);
}

static bool picture_shown(const void *arg)
{
	(void)arg;
	return machine_alone(over_a_picture, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "each plays", each_plays, NULL }, { "over a picture", picture_shown, NULL },
		{ "completes URLs", urls_completed, NULL } };
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}

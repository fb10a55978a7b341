// SPDX-License-Identifier: BSD-2-Clause
// The web console's page: asks this machine twice a second what there is, and types what its person types.
"use strict";

const PERIOD = 500, DETAIL_PERIOD = 2000, PATIENCE = 4000, LINES_KEPT = 3000;
const KEYS = [["↑", 256, "Up"], ["↓", 257, "Down"], ["←", 258, "Left"], ["→", 259, "Right"], ["Enter", 13, "Enter"],
	["Esc", 27, "Escape"], ["Tab", 9, "Tab"], ["⌫", 8, "Backspace"], ["Ctrl-C", 3, "Ctrl-C, ends what runs"]];
const $ = id => document.getElementById(id);

let boot = "", at = "0", heard = 0, last = null, tab = "Settings", token = sessionStorage.getItem("token") || "";
let detail = null, following = true;

function show(id, yes) {
	$(id).hidden = !yes;
}

function say(text) {
	$("said").textContent = text;
	show("said", text);
}

function size(n) {
	const units = ["bytes", "KiB", "MiB", "GiB"];
	let i = 0;
	for (; n >= 1024 && i < 3; i++)
		n /= 1024;
	return (i ? n.toFixed(1) : n) + " " + units[i];
}

function time(ms) {
	const s = Math.floor(ms / 1000), two = n => String(n).padStart(2, "0");
	return s < 3600 ? Math.floor(s / 60) + ":" + two(s % 60) :
		Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
}

async function ask(path, body) {
	const options = { headers: {}, signal: AbortSignal.timeout(PATIENCE) };
	if (token)
		options.headers.Authorization = "Undine " + token;
	if (body !== undefined) {
		options.method = "POST";
		options.body = body;
		options.headers["Content-Type"] = "text/plain";
	}
	return fetch(path, options);
}

// ---- this boot

function state(b) {
	if (/^undine> /m.test(b.below))
		return b.failures ? ["fails", "failed, at the prompt"] : ["waits", "at the prompt"];
	if (b.below.split("\n").length > 6)	// a menu, or a form
		return ["waits", "waits for a choice"];
	if (b.failures)
		return ["fails", "tries again"];
	return ["works", "booting"];
}

// "vmlinuz [====>    ]  47% 3.1/6.6 MiB 11 MB/s 0:01 left" as bars; the other lines come back
function bars(below) {
	const found = [], others = [], box = $("progress");
	for (const line of below.split("\n")) {
		const m = /^(.*?) \[[=> ]*\] +(\d+)% (.*)$/.exec(line);
		if (m)
			found.push([m[1], Number(m[2]), m[3]]);
		else
			others.push(line);
	}
	while (box.children.length > found.length)
		box.lastChild.remove();
	found.forEach(([name, percent, figures], i) => {
		let bar = box.children[i];
		if (!bar) {
			bar = document.createElement("div");
			bar.className = "bar";
			bar.innerHTML = "<p><span></span><span></span></p><progress max=100></progress>";
			box.append(bar);
		}
		const [first, second] = bar.querySelectorAll("span");
		first.textContent = name;
		second.textContent = percent + " %, " + figures;
		bar.querySelector("progress").value = percent;
	});
	return others.join("\n");
}

// SGR 1, 7 and 0 as elements
function styled(text, into) {
	const parts = text.split(/\x1b\[([017])m/);
	into.replaceChildren();
	for (let i = 0, style = "0"; i < parts.length; i++) {
		if (i % 2) {
			style = parts[i];
			continue;
		}
		const node = style === "0" ? document.createTextNode(parts[i]) :
			document.createElement(style === "1" ? "b" : "mark");
		node.textContent = parts[i];
		into.append(node);
	}
}

let belowShown = null;

function showBelow(text) {
	if (text === belowShown)
		return;
	belowShown = text;
	text = bars(text);
	styled(text, $("below"));
	for (const id of ["below", "log"])
		$(id).classList.toggle("whole", text.split("\n").length > 6);
	show("below", text);
	if (following)
		$("log").scrollTop = $("log").scrollHeight;
}

function addLog(text) {
	const log = $("log");
	if (!text)
		return;
	log.append(text);
	if (log.childNodes.length > 100)
		log.textContent = log.textContent.split("\n").slice(-LINES_KEPT).join("\n");
	if (following)
		log.scrollTop = log.scrollHeight;
}

function badge(kind, text) {
	if ($("badge").textContent === text)
		return;
	$("badge").className = "badge " + kind;
	$("badge").textContent = text;
}

function showControls(b) {
	show("type", b.in);
	show("logout", b.in);
	show("login", b.commands && !b.in);
	show("locked", !b.commands);
	if (token && !b.in) {
		token = "";
		sessionStorage.removeItem("token");
	}
}

function showBoot(b, by) {
	if (b.boot !== boot) {		// the machine has begun anew
		if (boot)
			addLog("\n---- the machine has started again ----\n\n");
		boot = b.boot;
		if (at !== "0") {
			at = "0";
			return true;
		}
	}
	if (by === token)		// else it was asked before a log-in, or a log-out, and knows nothing of it
		showControls(b);
	if (b.log === undefined) {
		badge("", "private");
		say(b.commands ? "" : "Nothing is shown without a password, and none is set.");
		return false;
	}
	at = b.at;
	addLog(b.log);
	showBelow(b.below);
	badge(...state(b));
	const m = b.machine, name = m.host || m.ip || m.mac || "Undine";
	document.title = name + " - " + $("badge").textContent;
	$("host").textContent = name;
	$("machine").textContent = [m.ip, m.mac, [m.maker, m.product].filter(Boolean).join(" "),
		m.serial && "serial " + m.serial].filter(Boolean).join(" · ");
	$("up").textContent = time(b.up);
	$("script").textContent = b.script || "no script";
	$("fetched").textContent = b.images ? b.images + (b.images === 1 ? " image, " : " images, ") + size(b.fetched) : "nothing";
	$("failures").textContent = b.failures ? b.failures + ", for " + time(b.failing) : "none";
	$("why").textContent = b.cause;
	show("why", b.cause);
	$("version").textContent = "Undine " + b.version;
	return b.more;
}

function gone() {
	if (!heard)
		return;
	badge("gone", "no answer");
	document.title = $("host").textContent + " - no answer";
	say("Nothing heard for " + time(Date.now() - heard) + ". The machine has left the loader - " +
		"a kernel runs, or it restarts -, or the network is down. This page goes on when it is back.");
}

let silent = false;

async function lookOnce() {
	const by = token, r = await ask("/api/boot?log=" + at);
	if (!r.ok)
		throw new Error(r.status);
	const b = await r.json();
	heard = Date.now();
	if (silent)
		say("");
	silent = false;
	last = b;
	return showBoot(b, by);
}

async function look() {
	let more = false;
	try {
		more = await lookOnce();
	} catch {
		silent = true;
		if (Date.now() - heard > PATIENCE)
			gone();
	}
	setTimeout(look, more ? 0 : PERIOD);
}

// ---- details

function table(caption, heads, rows) {
	const t = document.createElement("table"), numbers = heads.map(h => h.startsWith("#"));
	if (caption)
		t.createCaption().textContent = caption;
	const head = t.createTHead().insertRow();
	heads.forEach((h, i) => {
		const th = document.createElement("th");
		th.textContent = h.replace("#", "");
		th.className = numbers[i] ? "n" : "";
		head.append(th);
	});
	const body = t.createTBody();
	for (const row of rows) {
		const tr = body.insertRow();
		row.forEach((cell, i) => {
			const td = tr.insertCell();
			td.textContent = cell;
			td.className = numbers[i] ? "n" : "";
		});
	}
	return t;
}

const TABS = {
	Settings: d => [
		table("Set", ["name", "value"], d.settings.map(([n, v]) => [n, v])),
		table("Known", ["name", "value"], d.known)],
	Network: d => [
		table("Links", ["link", "state", "address", "#received", "#sent", "#errors"],
			d.links.map(l => [l.name, l.state, l.ip, size(l.rx), size(l.tx), l.errors])),
		table("Ports", ["", "local", "remote", "state", "#rtt"],
			d.sockets.map(s => [s.type, s.local, s.remote, s.state, s.rtt ? (s.rtt / 1000).toFixed(1) + " ms" : ""]))],
	Counters: d => [table("", ["counter", "#"], d.counters)],
	Tasks: d => [table("", ["task", "state", "#CPU", "#memory", "#stack used"],
		d.tasks.map(t => [t.module ? t.name + " (module " + t.module + ")" : t.name, t.state, (t.ms / 1000).toFixed(2) + " s",
			size(t.memory), size(t.used) + " of " + size(t.stack)]))],
	Images: d => [table("", ["image", "#size", "for"],
		d.images.map(([n, len, role]) => [n, size(len), ["", "the kernel", "is the kernel"][role] || ""]))],
};

function showDetail() {
	if (detail)
		$("panel").replaceChildren(...TABS[tab](detail));
}

async function lookCloser() {
	try {
		if (last && last.log !== undefined && !document.hidden) {
			const r = await ask("/api/detail");
			if (r.ok) {
				detail = await r.json();
				showDetail();
			}
		}
	} catch {
		// look() says it
	}
	setTimeout(lookCloser, detail ? DETAIL_PERIOD : PERIOD);
}

for (const name of Object.keys(TABS)) {
	const b = document.createElement("button");
	b.type = "button";
	b.role = "tab";
	b.textContent = name;
	b.setAttribute("aria-selected", name === tab);
	b.onclick = () => {
		tab = name;
		for (const other of $("tabs").children)
			other.setAttribute("aria-selected", other === b);
		showDetail();
	};
	$("tabs").append(b);
}

// ---- what is typed

async function type(what) {
	try {
		const r = await ask("/api/type", what);
		say(r.ok ? "" : r.status === 401 ? "Control is over: log in again." : r.status === 409 ?
			"What was typed before has not been read yet." : "Refused: " + r.status + ".");
		return r.ok;
	} catch {
		say("No answer; it may not have been typed.");
		return false;
	}
}

for (const [text, key, title] of KEYS) {
	const b = document.createElement("button");
	b.type = "button";
	b.textContent = text;
	b.title = title;
	b.onclick = () => type("key " + key);
	$("keys").append(b);
}

const typed = [];
let back = 0;

$("type").onsubmit = async event => {
	event.preventDefault();
	const line = $("line").value;
	if (await type("line " + line)) {
		if (line)
			typed.push(line);
		back = 0;
		$("line").value = "";
	}
};

$("line").onkeydown = event => {
	const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
	if (!step || !typed.length)
		return;
	event.preventDefault();
	back = Math.min(Math.max(back + step, 0), typed.length);
	$("line").value = back ? typed[typed.length - back] : "";
};

$("login").onsubmit = async event => {
	event.preventDefault();
	try {
		const r = await ask("/api/login", $("password").value);
		$("password").value = "";
		if (r.ok) {
			token = (await r.json()).token;
			sessionStorage.setItem("token", token);
		}
		say(r.ok ? "" : r.status === 401 ? "That is not the password." :
			r.status === 429 ? "Too many wrong passwords: wait a moment." : "Refused: " + r.status + ".");
	} catch {
		say("No answer.");
	}
};

$("logout").onclick = () => ask("/api/logout", "").catch(() => {});

$("log").onscroll = () => {
	following = $("log").scrollTop + $("log").clientHeight > $("log").scrollHeight - 30;
	show("follow", !following);
};

$("follow").onclick = () => {
	$("log").scrollTop = $("log").scrollHeight;
};

look();
lookCloser();

#!ipxe
set fog-ip @SERVER@
set fog-webroot fog
set boot-url http://${fog-ip}/${fog-webroot}
set setmacto ${net0/mac}
set storage-ip @SERVER@
set keymap us
cpuid --ext 29 && set arch x86_64 || set arch i386
goto get_console
:console_set
colour --rgb 0x00567a 1 ||
colour --rgb 0x00567a 2 ||
cpair --foreground 7 --background 2 2 ||
goto MENU
:alt_console
cpair --background 0 1 ||
cpair --background 1 2 ||
goto MENU
:get_console
console --picture http://@SERVER@/fog/service/ipxe/bg.png --left 100 --right 80 && goto console_set || goto alt_console
:MENU
menu
colour --rgb 0xff0000 0 ||
cpair --foreground 1 1 ||
cpair --foreground 0 3 ||
cpair --foreground 4 4 ||
item --gap Host is NOT registered!
item --gap -- -------------------------------------
item fog.local The disk here
item fog.memtest A test of its memory
item --key d fog.deploy Registration
choose --default fog.local --timeout 300000 target && goto ${target}
:fog.local
sanboot --no-describe --drive 0x80 || goto MENU
:fog.memtest
kernel memdisk initrd=memtest.bin iso raw
initrd memtest.bin
boot || goto MENU
:fog.deploy
login
params
param mac0 ${net0/mac}
param arch ${arch}
param username ${username}
param password ${password}
param qihost 1
param sysuuid ${uuid}
goto bootme
:bootme
chain -ar http://@SERVER@/fog/service/ipxe/advanced.php##params ||
goto MENU
autoboot

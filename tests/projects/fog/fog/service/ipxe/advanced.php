#!ipxe
kernel bzImage loglevel=4 initrd=init.xz root=/dev/ram0 rw ramdisk_size=275000 web=http://@SERVER@/fog/ consoleblank=0 rootfstype=ext4 setmacto=${setmacto} mode=autoreg
imgfetch init.xz
boot

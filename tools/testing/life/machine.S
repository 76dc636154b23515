/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that fits into a boot sector: it reads and writes its disks as the
 * BIOS lets it (int 13h), on orders from the first serial port, and reports there.
 *
 *   r D S       read: answers with the text at place S of disk D
 *   w D S TEXT  write TEXT there: answers "ok"
 *
 * D is 0 for the disk that it was booted from, 1 for the next; S is a letter: place
 * "a" is sector 64, each next one 1 MiB further. What fails is answered with
 * "error". After a reset it says "booted".
 */
	.code16
	.text
	.globl _start
	.set	text, 0x8000		/* of one sector */
	.set	data_port, 0x3f8
	.set	state_port, 0x3fd

_start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti
	cld
	movw	$booted, %si
	call	say

order:	call	hear
	cmpb	$'r', %al
	je	1f
	cmpb	$'w', %al
	jne	order
1:	movb	%al, %bh
	call	hear
	addb	$0x80 - '0', %al	/* the BIOS' numbers of disks */
	movb	%al, %bl
	call	hear
	subb	$'a', %al
	xorb	%ah, %ah
	shll	$11, %eax		/* sectors of 1 MiB */
	andl	$0x7ffff, %eax
	addw	$64, %ax
	movl	%eax, place
	movb	$0x42, %ah		/* extended read */
	cmpb	$'r', %bh
	je	1f
	call	hear_text
	movw	$0x4300, %ax		/* extended write, no verification */
1:	movb	%bl, %dl
	pushw	%bx
	movw	$packet, %si
	int	$0x13
	popw	%bx
	movw	$error, %si
	jc	2f
	movw	$ok, %si
	cmpb	$'w', %bh
	je	2f
	movw	$text, %si
2:	call	say
	jmp	order

/* al: the next character that is no blank */
hear:	call	hear_any
	cmpb	$' ', %al
	jbe	hear
	ret

hear_any:
	movw	$state_port, %dx
1:	inb	%dx, %al
	testb	$1, %al
	jz	1b
	movw	$data_port, %dx
	inb	%dx, %al
	ret

/* The rest of the line, and zeros, into the sector. */
hear_text:
	movw	$text, %di
	movw	$256, %cx
	xorw	%ax, %ax
	rep stosw
	movw	$text, %di
	call	hear
1:	stosb
	call	hear_any
	cmpb	$'\n', %al
	jne	1b
	ret

/* si: what to say, up to a zero or the end of its line */
say:	lodsb
	cmpb	$' ', %al
	jb	1f
	call	put
	jmp	say
1:	movb	$'\n', %al
put:	movb	%al, %ah
	movw	$state_port, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movb	%ah, %al
	movw	$data_port, %dx
	outb	%al, %dx
	ret

booted:	.asciz	"booted"
ok:	.asciz	"ok"
error:	.asciz	"error"

/* One sector between the disk and the text. */
packet:	.byte	16, 0
	.word	1, text, 0
place:	.long	0, 0

	.org	510
	.word	0xaa55

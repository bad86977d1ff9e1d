// models/managed_policies.xz inside the program.

asm(R"(
    .section .rodata
    .global countersign_managed_policies
    .global countersign_managed_policies_end
countersign_managed_policies:
    .incbin "managed_policies.xz"
countersign_managed_policies_end:
    .byte 0
    .previous
)");

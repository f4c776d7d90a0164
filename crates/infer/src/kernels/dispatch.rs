//! One piece of plain Rust, compiled for several instruction sets; the widest that the processor has is taken.

use std::sync::OnceLock;

/// Instruction sets that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    /// What every processor of this architecture has (SSE2 on x86-64, NEON on ARM64).
    Baseline,
    /// 256-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The widest instruction set of this processor.
pub(super) fn isa() -> Isa {
    static ISA: OnceLock<Isa> = OnceLock::new();
    *ISA.get_or_init(|| available().last().copied().unwrap_or(Isa::Baseline))
}

/// All instruction sets that this processor has, the widest last.
pub(super) fn available() -> Vec<Isa> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "only x86-64 has more than one"))]
    let mut all = vec![Isa::Baseline];
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("fma")
            && std::is_x86_feature_detected!("f16c")
        {
            all.push(Isa::Avx2);
        }
        if std::is_x86_feature_detected!("avx512f") {
            all.push(Isa::Avx512);
        }
    }
    all
}

/// Defines `$name`, which calls `$body::<Vector, BLOCK>` compiled for the instruction set given as first argument.
/// `BLOCK` is how many vectors fit the registers beside each other for each of up to six rows.
macro_rules! for_every_isa {
    ($(#[$doc:meta])* fn $name:ident[$($generic:ident),*]($($argument:ident: $type:ty),* $(,)?) = $body:ident) => {
        $(#[$doc])*
        #[allow(unsafe_code, clippy::too_many_arguments, reason = "calls into code compiled for instructions that were detected")]
        fn $name<$(const $generic: usize),*>(isa: $crate::kernels::dispatch::Isa, $($argument: $type),*) {
            use $crate::kernels::dispatch::Isa;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma,f16c")]
            fn avx512<$(const $generic: usize),*>($($argument: $type),*) {
                // SAFETY: this function is compiled for, and only called with, AVX-512.
                unsafe { $body::<std::arch::x86_64::__m512, 4, $($generic),*>($($argument),*) };
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,f16c")]
            fn avx2<$(const $generic: usize),*>($($argument: $type),*) {
                // SAFETY: this function is compiled for, and only called with, AVX2, FMA and F16C.
                unsafe { $body::<std::arch::x86_64::__m256, 2, $($generic),*>($($argument),*) };
            }
            match isa {
                // SAFETY: `isa` was detected on this processor.
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => unsafe { avx512::<$($generic),*>($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => unsafe { avx2::<$($generic),*>($($argument),*) },
                // SAFETY: the portable vector asks for nothing.
                Isa::Baseline => unsafe { $body::<[f32; 8], 1, $($generic),*>($($argument),*) },
            }
        }
    };
}
pub(super) use for_every_isa;

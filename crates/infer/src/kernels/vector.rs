//! A row of floats as one register: AVX-512, AVX2, and a portable twin for everything else.
//!
//! Functions that use a [`Vector`] are generic and always inlined into a function that is compiled for the vector's
//! instruction set; see [`super::dispatch`].

use half::f16;

/// A row of `WIDTH` floats.
#[expect(unsafe_code, reason = "the promise that the instruction set is there is the caller's")]
pub(super) trait Vector: Copy {
    /// How many floats.
    const WIDTH: usize;

    /// The same number everywhere.
    ///
    /// # Safety
    /// The processor must have the instruction set of this vector; so it is with all functions here.
    unsafe fn splat(number: f32) -> Self;

    /// Reads floats.
    ///
    /// # Safety
    /// `numbers` must hold at least `WIDTH`.
    unsafe fn load(numbers: &[f32]) -> Self;

    /// Reads 16-bit floats.
    ///
    /// # Safety
    /// `numbers` must hold at least `WIDTH`.
    unsafe fn load_half(numbers: &[f16]) -> Self;

    /// Writes floats.
    ///
    /// # Safety
    /// `numbers` must hold at least `WIDTH`.
    unsafe fn store(self, numbers: &mut [f32]);

    /// `self * factor + addend`.
    ///
    /// # Safety
    /// See [`Vector::splat`].
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
}

/// The portable twin: eight floats that the compiler may put into one or two registers.
#[expect(unsafe_code, reason = "as the trait wants it; nothing here is unsafe")]
impl Vector for [f32; 8] {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        [number; 8]
    }

    #[inline(always)]
    unsafe fn load(numbers: &[f32]) -> Self {
        std::array::from_fn(|index| numbers[index])
    }

    #[inline(always)]
    unsafe fn load_half(numbers: &[f16]) -> Self {
        std::array::from_fn(|index| numbers[index].to_f32())
    }

    #[inline(always)]
    unsafe fn store(self, numbers: &mut [f32]) {
        numbers[..8].copy_from_slice(&self);
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // One rounding where every processor of the architecture has the instruction; elsewhere it would be a call.
        std::array::from_fn(|index| {
            if cfg!(target_arch = "aarch64") {
                self[index].mul_add(factor[index], addend[index])
            } else {
                self[index] * factor[index] + addend[index]
            }
        })
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions; the trait says what callers promise")]
mod x86 {
    use super::Vector;
    use half::f16;
    use std::arch::x86_64::{
        __m256, __m512, _mm_loadu_si128, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256,
        _mm256_set1_ps, _mm256_storeu_ps, _mm512_cvtph_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
        _mm512_storeu_ps,
    };

    impl Vector for __m512 {
        const WIDTH: usize = 16;

        #[inline(always)]
        unsafe fn splat(number: f32) -> Self {
            // SAFETY: the caller promises AVX-512.
            unsafe { _mm512_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(numbers: &[f32]) -> Self {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises AVX-512 and enough numbers.
            unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
        }

        #[inline(always)]
        unsafe fn load_half(numbers: &[f16]) -> Self {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises AVX-512 and enough numbers.
            unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(numbers.as_ptr().cast())) }
        }

        #[inline(always)]
        unsafe fn store(self, numbers: &mut [f32]) {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises AVX-512 and enough room.
            unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), self) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller promises AVX-512.
            unsafe { _mm512_fmadd_ps(self, factor, addend) }
        }
    }

    impl Vector for __m256 {
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn splat(number: f32) -> Self {
            // SAFETY: the caller promises AVX2.
            unsafe { _mm256_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(numbers: &[f32]) -> Self {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises AVX2 and enough numbers.
            unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
        }

        #[inline(always)]
        unsafe fn load_half(numbers: &[f16]) -> Self {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises F16C and enough numbers.
            unsafe { _mm256_cvtph_ps(_mm_loadu_si128(numbers.as_ptr().cast())) }
        }

        #[inline(always)]
        unsafe fn store(self, numbers: &mut [f32]) {
            debug_assert!(numbers.len() >= Self::WIDTH);
            // SAFETY: the caller promises AVX2 and enough room.
            unsafe { _mm256_storeu_ps(numbers.as_mut_ptr(), self) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller promises FMA.
            unsafe { _mm256_fmadd_ps(self, factor, addend) }
        }
    }
}

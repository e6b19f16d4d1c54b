#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has instructions for SHA-256.
bool csha256_is_available(void);

/// Takes whole blocks of 64 bytes into a state of 8 words, by these instructions.
///
/// Only where they are available. `constants` are the standard's 64 words.
void csha256_compress(uint32_t *state, const uint8_t *blocks, size_t count,
                      const uint32_t *constants);

/// A number that tells names apart, the same on every machine: FNV-1a with 64 bits, of their UTF-8
/// bytes.
package func nameHash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

import Torch

/// The first device of every kind that this machine has, for `arguments:`.
///
/// Bodies that take them work in float32, which every device knows.
let devices: [Device] = Device.Kind.allCases
    .filter { ((try? Device.count($0)) ?? 0) > 0 }
    .map { Device($0) }

import CTorch

/// The libtorch that this process runs on.
public enum TorchRuntime {
    /// Its version, such as "2.13.0".
    public static var version: String { String(cString: ctorch_version()) }

    /// The path of the library that is loaded; nil where the system does not tell.
    public static var libraryPath: String? { ctorch_library_path().map { String(cString: $0) } }

    /// The instruction set that its CPU kernels use, such as "AVX512".
    public static var cpuCapability: String {
        get throws(TorchError) {
            var name: UnsafePointer<CChar>?
            try check("cpu capability", ctorch_cpu_capability(&name))
            return name.map { String(cString: $0) } ?? "unknown"
        }
    }

    /// Whether matrices of bfloat16 are multiplied by way of float32, which is faster on this
    /// processor.
    public static var widensBFloat16: Bool { WidenedProduct.isInUse }

    /// How many threads an operation on the CPU uses.
    public static var threadCount: Int {
        get throws(TorchError) {
            var count: Int32 = 0
            try check("get_num_threads", ctorch_get_num_threads(&count))
            return Int(count)
        }
    }

    /// Sets how many threads an operation on the CPU uses, in the whole process.
    public static func setThreadCount(_ count: Int) throws(TorchError) {
        guard let threads = Int32(exactly: count), threads > 0 else {
            throw TorchError("set_num_threads", "\(count) threads: at least one is needed")
        }
        try check("set_num_threads", ctorch_set_num_threads(threads))
    }

    /// Keeps what tensors give back for the next ones, in the whole process, where the C library
    /// lets itself be told so (glibc).
    ///
    /// Every step of training takes about the memory that the one before it gave back. To return it
    /// to the system in between, and get it as fresh pages of zeros, takes a tenth of a step.
    public static func keepFreedMemory() { ctorch_keep_freed_memory() }

    /// Gives the memory that tensors have given back so far to the system, where the C library lets
    /// itself be told so (glibc): after something large that does not come again.
    public static func returnFreedMemory() { ctorch_return_freed_memory() }

    /// Limits what tensors on the CPU that are made from now on take together, in the whole process.
    ///
    /// What needs more throws a `TorchError` of the kind `outOfMemory`, where the system would give
    /// memory that it does not have and later end the program.
    ///
    /// - Parameter byteCount: at least 0.
    public static func limitMemory(to byteCount: Int) {
        ctorch_set_memory_limit(Int64(byteCount))
    }

    /// Seeds the generators of all devices, in the whole process.
    public static func seed(_ seed: UInt64) throws(TorchError) {
        try check("manual_seed", ctorch_manual_seed(seed))
    }
}

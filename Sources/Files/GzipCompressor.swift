import CZlib

/// Compresses bytes as a gzip file, a part at a time.
package final class GzipCompressor {
    // zlib keeps the address of the stream that it was given first.
    private let stream: UnsafeMutablePointer<z_stream>

    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 more than the largest window asks for gzip's header. The values are in their ranges, so
        // that only memory can be short, and then `deflate` refuses the stream.
        _ = deflateInit2_(
            stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            MAX_WBITS + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses some bytes and hands over what is ready.
    ///
    /// - Parameter isLast: nothing comes behind these.
    package func compress(
        _ bytes: UnsafeRawBufferPointer,
        isLast: Bool = false,
        write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var ready = [UInt8](repeating: 0, count: 1 << 16)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.bindMemory(to: UInt8.self).baseAddress
        )
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            let count = try ready.withUnsafeMutableBufferPointer { buffer -> Int in
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(buffer.count)
                let code = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                guard code != Z_STREAM_ERROR else {
                    throw FileError("compress", "the output", reason: "zlib is out of memory")
                }
                return buffer.count - Int(stream.pointee.avail_out)
            }
            try ready.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            // A buffer that is not full says that nothing is left.
            if count < ready.count { return }
        }
    }
}

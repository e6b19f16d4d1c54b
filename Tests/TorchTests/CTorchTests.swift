import CTorch
import Testing

// What the Swift face never asks for, and the C face must still answer with a status.
@Suite("CTorch")
struct CTorchTests {
    private let cpu = ctorch_device(type: CTORCH_CPU, index: 0)

    @Test("unknown dtypes and devices are errors with a message")
    func unknownEnums() {
        var out: ctorch_tensor?
        let dtype = ctorch_empty([1], 1, ctorch_dtype(rawValue: 99), cpu, &out)
        #expect(dtype == CTORCH_ERROR)
        #expect(String(cString: ctorch_last_error()) == "unknown dtype 99")
        let device = ctorch_device(type: ctorch_device_type(rawValue: 7), index: 0)
        #expect(ctorch_empty([1], 1, CTORCH_FLOAT32, device, &out) == CTORCH_ERROR)
        #expect(String(cString: ctorch_last_error()) == "unknown device type 7")
        #expect(out == nil)
    }

    @Test("a loan that cannot be a tensor is released once")
    func failedLoan() {
        var releases = 0
        var out: ctorch_tensor?
        let status = withUnsafeMutablePointer(to: &releases) { releases in
            ctorch_from_loan(
                nil,
                [0],
                1,
                ctorch_dtype(rawValue: 99),
                false,
                releases,
                { $0?.assumingMemoryBound(to: Int.self).pointee += 1 },
                &out
            )
        }
        #expect(status == CTORCH_ERROR)
        #expect(releases == 1)
        #expect(out == nil)
    }

    @Test("the wrong number of bytes for the host is an error")
    func hostBytes() {
        var tensor: ctorch_tensor?
        #expect(ctorch_full([3], 1, 1, CTORCH_FLOAT32, cpu, &tensor) == CTORCH_OK)
        var buffer: [Float] = [0, 0]
        #expect(ctorch_tensor_copy_to_host(tensor, &buffer, 8) == CTORCH_ERROR)
        #expect(String(cString: ctorch_last_error()) == "the tensor has 12 bytes, not 8")
        #expect(buffer == [0, 0])
        ctorch_tensor_free(tensor)
    }

    @Test("freeing nothing is allowed")
    func freeNothing() { ctorch_tensor_free(nil) }
}

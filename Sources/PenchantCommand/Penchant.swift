@main struct Penchant { static func main() {} }

//! What an authenticator is called, by the AAGUID that it states when it is registered.
//!
//! The names are for people: a fresh method is listed as "YubiKey 5 NFC" until its owner renames it.
//! They prove nothing, since an AAGUID without a verified attestation is a claim; policies that
//! admit certain models go by the attestation instead.
//!
//! The ids are facts published by the makers, in the FIDO Metadata Service, and in the community's
//! list of passkey providers (passkeydeveloper/passkey-authenticator-aaguids). Variants of one
//! product that nobody could tell apart by looking at it share a name.

use uuid::Uuid;

use self::Kind::{Platform, SecurityKey, SyncedProvider};

/// What sort of thing an authenticator is, and so which icon stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Part of one computer or phone, or an app that keeps its keys there.
    Platform,
    /// A passkey provider that syncs keys between the devices of its user.
    SyncedProvider,
    /// A thing of its own: a key, a card, a ring.
    SecurityKey,
}

/// A known authenticator model.
#[derive(Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// The id that every device of this model states.
    pub aaguid: Uuid,
    /// What people call it.
    pub name: &'static str,
    /// What sort of thing it is.
    pub kind: Kind,
}

/// The model with this AAGUID, where it is known.
///
/// All zeros is no model: devices state it when they would rather not say.
pub fn name_of(aaguid: Uuid) -> Option<&'static Authenticator> {
    let place = AUTHENTICATORS.binary_search_by_key(&aaguid, |known| known.aaguid).ok()?;
    AUTHENTICATORS.get(place)
}

/// A row of the table; an id that is no UUID does not compile.
const fn known(aaguid: &str, name: &'static str, kind: Kind) -> Authenticator {
    match Uuid::try_parse(aaguid) {
        Ok(aaguid) => Authenticator { aaguid, name, kind },
        Err(_) => panic!("an AAGUID in the table is no UUID"),
    }
}

/// All models known here, sorted by id.
#[rustfmt::skip]
const AUTHENTICATORS: &[Authenticator] = &[
    known("01020304-0506-0708-0102-030405060708", "Virtual authenticator", Platform),
    known("03012cb7-4fb2-42e7-9e8d-a81f10e2a5e9", "YubiKey 5Ci", SecurityKey),
    known("050dd0bc-ff20-4265-8d5d-305c4b215192", "SafeNet eToken Fusion FIPS", SecurityKey),
    known("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello", Platform),
    known("09619fbf-d75e-4a62-be1d-fe4d240864ae", "Kensington VeriMark Guard", SecurityKey),
    known("0a357157-9b18-4c8a-920e-d156e972b2f8", "YubiKey 5", SecurityKey),
    known("0b8b05a4-ebd4-4b0b-8f5f-33d7b6e606ab", "HID Crescendo 4000", SecurityKey),
    known("0bb43545-fd2c-4185-87dd-feb0b2916ace", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper", SyncedProvider),
    known("0ebd9f2c-f685-441c-8c3e-a02a234a840a", "YubiKey 5 NFC Enhanced PIN", SecurityKey),
    known("0f083f18-4105-43a8-ad69-24e812e38141", "Security Key NFC by Yubico", SecurityKey),
    known("10c70715-2a9a-4de1-b0aa-3cff6d496d39", "SafeNet eToken Fusion NFC FIPS", SecurityKey),
    known("12755c32-8ad1-46eb-881c-e0b38d848b09", "Feitian ePass", SecurityKey),
    known("12ded745-4bed-47d4-abaa-e713f51d6393", "Feitian AllinPass", SecurityKey),
    known("13ac47cf-1d78-4fd5-9060-aedaabacf826", "HID Crescendo Key V3", SecurityKey),
    known("146e77ef-11eb-4423-b847-ce77864e9411", "SafeNet eToken Fusion NFC", SecurityKey),
    known("149a2021-8ef6-4133-96b8-81f8d5b7f1f5", "Security Key NFC by Yubico", SecurityKey),
    known("19083c3d-8383-4b18-bc03-8f1c9ab2fd1b", "YubiKey 5", SecurityKey),
    known("19bca99b-7c09-44fe-a969-8cba45764542", "HID Crescendo Key V3 FIPS", SecurityKey),
    known("1ac71f64-468d-4fe0-bef1-0e5f2f551f18", "YubiKey 5 NFC", SecurityKey),
    known("1d1b4e33-76a1-47fb-97a0-14b10d0933f1", "Cryptnox card", SecurityKey),
    known("1f8e43df-71ff-e11d-bea3-c4ee7003b232", "Thetis Pro", SecurityKey),
    known("20ac7a17-c814-4833-93fe-539f0d5e3389", "YubiKey 5", SecurityKey),
    known("2194b428-9397-4046-8f39-007a1605a482", "Thales IDPrime 931", SecurityKey),
    known("22248c4c-7a12-46e2-9a41-44291b373a4d", "LogMeOnce", SyncedProvider),
    known("23195a52-62d9-40fa-8ee5-23b173f4fb52", "HyperFIDO Pro NFC", SecurityKey),
    known("234cd403-35a2-4cc2-8015-77ea280c77f5", "Feitian ePass NFC", SecurityKey),
    known("23786452-f02d-4344-87ed-aaf703726881", "SafeNet eToken Fusion CC", SecurityKey),
    known("238ab2f5-b57f-4917-b3c6-3d3c6c0c350f", "Feitian BioCard", SecurityKey),
    known("24083bcb-3034-4867-99de-a3b52e1d426a", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("24673149-6c86-42e7-98d9-433fb5b73296", "YubiKey 5Ci", SecurityKey),
    known("2772ce93-eb4b-4090-8b73-330f48477d73", "Security Key NFC by Yubico, Enterprise (preview)", SecurityKey),
    known("2a55aee6-27cb-42c0-bc6e-04efe999e88a", "HID Crescendo 4000", SecurityKey),
    known("2bff89f2-323a-48fc-b7c8-9ff7fe87c07e", "Feitian BioPass Pro", SecurityKey),
    known("2c0df832-92de-4be1-8412-88a8f074df4a", "Feitian FIDO card", SecurityKey),
    known("2c2aeed8-8174-4159-814b-486e92a261d0", "NEOWAVE Winkeo", SecurityKey),
    known("2cd2f727-f6ca-44da-8f48-5c2e5da000a2", "Nitrokey 3", SecurityKey),
    known("2d3bec26-15ee-4f5d-88b2-53622490270b", "HID Crescendo Key V2", SecurityKey),
    known("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5 NFC", SecurityKey),
    known("2ffd6452-01da-471f-821b-ea4bf6c8676a", "Thales IDPrime 941", SecurityKey),
    known("30b5035e-d297-4fc1-b00b-addc96ba6a97", "OneSpan FIDO Touch", SecurityKey),
    known("30b5035e-d297-4ff1-010b-addc96ba6a98", "OneSpan DIGIPASS FX1a", SecurityKey),
    known("30b5035e-d297-4ff1-020b-addc96ba6a98", "OneSpan DIGIPASS FX1-C", SecurityKey),
    known("30b5035e-d297-4ff1-b00b-addc96ba6a98", "OneSpan DIGIPASS FX1 BIO", SecurityKey),
    known("30b5035e-d297-4ff2-010b-addc96ba6a98", "OneSpan DIGIPASS FX2-A", SecurityKey),
    known("30b5035e-d297-4ff7-010b-addc96ba6a98", "OneSpan DIGIPASS FX7-B", SecurityKey),
    known("30b5035e-d297-4ff7-020b-addc96ba6a98", "OneSpan DIGIPASS FX7", SecurityKey),
    known("30b5035e-d297-4ff7-030b-addc96ba6a98", "OneSpan DIGIPASS FX7-C", SecurityKey),
    known("30b5035e-d297-4ff7-b00b-addc96ba6a98", "OneSpan DIGIPASS FX7", SecurityKey),
    known("3124e301-f14e-4e38-876d-fbeeb090e7bf", "YubiKey 5Ci (preview)", SecurityKey),
    known("341e4da9-3c2e-8103-5a9f-aad887135200", "Ledger Nano S", SecurityKey),
    known("34744913-4f57-4e6e-a527-e9ec3c4b94e6", "YubiKey Bio Multi-protocol", SecurityKey),
    known("34f5766d-1536-4a24-9033-0e294e510fb0", "YubiKey 5 NFC (preview)", SecurityKey),
    known("361a3082-0278-4583-a16f-72a527f973e4", "eWBM eFA500", SecurityKey),
    known("3789da91-f943-46bc-95c3-50ea2012f03a", "NEOWAVE Winkeo", SecurityKey),
    known("39589099-9a75-49fc-afaa-801ca211c62a", "Feitian ePass NFC", SecurityKey),
    known("39a5647e-1853-446c-a1f6-a79bae9f5bc7", "IDmelon Key", SecurityKey),
    known("3a662962-c6d4-4023-bebb-98ae92e78e20", "YubiKey 5Ci FIPS", SecurityKey),
    known("3aa78eb1-ddd8-46a8-a821-8f8ec57a7bd5", "YubiKey 5 NFC CCN", SecurityKey),
    known("3b1adb99-0dfe-46fd-90b8-7f7614a4de2a", "GoTrust Idem Key", SecurityKey),
    known("3b24bf49-1d45-4484-a917-13175df0867b", "YubiKey 5Ci", SecurityKey),
    known("3e22415d-7fdf-4ea4-8a0c-dd60c4249b9d", "Feitian iePass", SecurityKey),
    known("3ec9c8d3-a5a7-415b-a7b5-f1d606368d3f", "YubiKey 5 NFC CCN", SecurityKey),
    known("3f59672f-20aa-4afe-b6f4-7e5e916b6d98", "Arculus card", SecurityKey),
    known("41e39911-c669-4811-b860-c6ad0b411b96", "YubiKey 5 NFC", SecurityKey),
    known("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3", "Google Titan Security Key", SecurityKey),
    known("42df17de-06ba-4177-a2bb-6701be1380d6", "Feitian BioPass Plus", SecurityKey),
    known("4599062e-6926-4fe7-9566-9e8fb1aedaa0", "YubiKey 5", SecurityKey),
    known("47ab2fb4-66ac-4184-9ae1-86be814012d5", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("4c0cf95d-2f40-43b5-ba42-4c83a11c04ba", "Feitian BioPass Pro", SecurityKey),
    known("4d41190c-7beb-4a84-8018-adf265a6352d", "Thales IDPrime FIDO Bio", SecurityKey),
    known("4fc84f16-2545-4e53-b8fc-7bf4d7282a10", "YubiKey 5 NFC CCN", SecurityKey),
    known("50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass", SyncedProvider),
    known("524de2de-982f-49b4-a769-2b5e3b73ad79", "YubiKey 5", SecurityKey),
    known("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane", SyncedProvider),
    known("53414d53-554e-4700-0000-000000000000", "Samsung Pass", SyncedProvider),
    known("54d9fee8-e621-4291-8b18-7157b99c5bec", "HID Crescendo Enabled", SecurityKey),
    known("57f7de54-c807-4eab-b1c6-1c9be7984e92", "YubiKey 5 FIPS", SecurityKey),
    known("58276709-bb4b-4bb3-baf1-60eea99282a7", "YubiKey Bio Multi-protocol", SecurityKey),
    known("58b44d0b-0a7c-f33a-fd48-f7153c871352", "Ledger Nano S Plus", SecurityKey),
    known("59f85fe7-faa5-4c92-9f52-697b9d4d5473", "RSA Authenticator for Android", Platform),
    known("5b0e46ba-db02-44ac-b979-ca9b84f5e335", "YubiKey 5Ci FIPS (preview)", SecurityKey),
    known("5d629218-d3a5-11ed-afa1-0242ac120002", "Swissbit iShield Key Pro", SecurityKey),
    known("5eaff75a-dd43-451f-af9f-87c9eeae293e", "Swissbit iShield Key 2 FIPS", SecurityKey),
    known("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello", Platform),
    known("61250591-b2bc-4456-b719-0b17be90bb30", "eWBM eFPA", SecurityKey),
    known("62e54e98-c209-4df3-b692-de71bb6a8528", "YubiKey 5 NFC FIPS (preview)", SecurityKey),
    known("662ef48a-95e2-4aaa-a6c1-5b9c40375824", "YubiKey 5 NFC Enhanced PIN", SecurityKey),
    known("664d9f67-84a2-412a-9ff7-b4f7d8ee6d05", "OpenSK", SecurityKey),
    known("692db549-7ae5-44d5-a1e5-dd20a493b723", "HID Crescendo Key", SecurityKey),
    known("6999180d-630c-442d-b8f7-424b90a43fae", "HyperFIDO Pro", SecurityKey),
    known("6ab56fad-881f-4a43-acb2-0be065924522", "YubiKey 5 NFC", SecurityKey),
    known("6d44ba9b-f6ec-2e49-b930-0c8fe920cb73", "Security Key NFC by Yubico", SecurityKey),
    known("6d4aa745-dad5-40c4-b9b4-6a252fcee70f", "GoTrust Cyber Key", SecurityKey),
    known("6ec5cff2-a0f9-4169-945b-f33b563f7b99", "YubiKey Bio Multi-protocol", SecurityKey),
    known("70e7c36f-f2f6-9e0d-07a6-bcc243262e6b", "OneKey", SecurityKey),
    known("72a2b5b1-95a5-4df9-a881-4192aff4f72e", "GoTrust Idem Key mini", SecurityKey),
    known("72c6b72d-8512-4c66-8359-9d3d10d9222f", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("73402251-f2a8-4f03-873e-3cb6db604b03", "Identiv uTrust FIDO2", SecurityKey),
    known("73bb0cd4-e502-49b8-9c6f-b59445bf720b", "YubiKey 5 FIPS", SecurityKey),
    known("7409272d-1ff9-4e10-9fc9-ac0019c124fd", "YubiKey Bio", SecurityKey),
    known("74820b05-a6c9-40f9-8fb0-9f86aca93998", "SafeNet eToken Fusion", SecurityKey),
    known("760eda36-00aa-4d29-855b-4012a182cdeb", "Security Key NFC by Yubico (preview)", SecurityKey),
    known("76692dc1-c56a-48d9-8e7d-31b5ced430ac", "Kensington VeriMark NFC+", SecurityKey),
    known("77010bd7-212a-4fc9-b236-d2ca5e9d4084", "Feitian BioPass", SecurityKey),
    known("771b48fd-d3d4-4f74-9232-fc157ab0507a", "Edge on Mac", Platform),
    known("7787a482-13e8-4784-8a06-c7ed49a7aaf4", "Swissbit iShield Key 2", SecurityKey),
    known("78ba3993-d784-4f44-8d6e-cc0a8ad5230e", "Feitian ePass NFC", SecurityKey),
    known("7991798a-a7f3-487f-98c0-3faf7a458a04", "HID Crescendo Key V3", SecurityKey),
    known("79f3c8ba-9e35-484b-8f47-53a5a0f5c630", "YubiKey 5 NFC FIPS", SecurityKey),
    known("7b96457d-e3cd-432b-9ceb-c9fdd7ef7432", "YubiKey 5Ci FIPS", SecurityKey),
    known("7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3", "YubiKey Bio Multi-protocol", SecurityKey),
    known("7dab85a5-d16d-4eaf-a7ef-4c1385b151c5", "YubiKey 5 NFC", SecurityKey),
    known("7e3f3d30-3557-4442-bdae-139312178b39", "RSA DS100", SecurityKey),
    known("817cdab8-0d51-4de1-a821-e25b88519cf3", "Swissbit iShield Key 2 FIPS", SecurityKey),
    known("820d89ed-d65a-409e-85cb-f73f0578f82a", "IDmelon Authenticator", SecurityKey),
    known("833b721a-ff5f-4d00-bb2e-bdda3ec01e29", "Feitian ePass", SecurityKey),
    known("83c47309-aabb-4108-8470-8be838b573cb", "YubiKey Bio", SecurityKey),
    known("85203421-48f9-4355-9bc8-8a53846e5083", "YubiKey 5Ci FIPS", SecurityKey),
    known("8681a073-5f50-4d52-bce4-e21658d207b3", "RSA Authenticator for iOS", Platform),
    known("87c13177-85d6-40ac-8c61-fe7ab3de9dfb", "HID Crescendo Key V3", SecurityKey),
    known("87dbc5a1-4c94-4dc8-8a47-97d800fd1f3c", "eWBM eFA320", SecurityKey),
    known("8876631b-d4a0-427f-5773-0ec71c9e0279", "Solo", SecurityKey),
    known("891494da-2c90-4d31-a9cd-4eab0aed1309", "Sésame", SyncedProvider),
    known("8976631b-d4a0-427f-5773-0ec71c9e0279", "Solo Tap", SecurityKey),
    known("8c39ee86-7f9a-4a95-9ba3-f6b097e5c2ee", "YubiKey Bio", SecurityKey),
    known("8c97a730-3f7b-41a6-87d6-1e9b62bda6f0", "Feitian fingerprint card", SecurityKey),
    known("8eec9bf9-486c-46da-9a67-1fbb4f66b9ed", "HID Crescendo 4000 FIPS", SecurityKey),
    known("905b4cb4-ed6f-4da9-92fc-45e0d4e9b5c7", "YubiKey 5 FIPS", SecurityKey),
    known("90636e1f-ef82-43bf-bdcf-5255f139d12f", "YubiKey Bio Multi-protocol", SecurityKey),
    known("90a3ccdf-635c-4729-a248-9b709135078f", "Microsoft Authenticator for iOS", Platform),
    known("91ad6b93-264b-4987-8737-3a690cad6917", "Token Ring", SecurityKey),
    known("931327dd-c89b-406c-a81e-ed7058ef36c6", "Swissbit iShield Key", SecurityKey),
    known("95442b2e-f15e-4def-b270-efb106facb4e", "eWBM eFA310", SecurityKey),
    known("97e6a830-c952-4740-95fc-7c78dc97ce47", "YubiKey Bio Multi-protocol", SecurityKey),
    known("9806a2c8-c0da-478e-b4ca-620005d34182", "YubiKey Bio Multi-protocol", SecurityKey),
    known("9876631b-d4a0-427f-5773-0ec71c9e0279", "Somu", SecurityKey),
    known("998f358b-2dd2-4cbe-a43a-e8107438dfb3", "OnlyKey", SecurityKey),
    known("9a3f2abd-a73d-439c-9ee7-1b53a857eaa7", "YubiKey 5 NFC Enhanced PIN", SecurityKey),
    known("9addb28c-b46f-4402-808f-019651441ff3", "KeePassPasskey", SyncedProvider),
    known("9c835346-796b-4c27-8898-d6032f515cc5", "Cryptnox card", SecurityKey),
    known("9d3df6ba-282f-11ed-a261-0242ac120002", "Arculus card", SecurityKey),
    known("9dd8d593-2213-438a-97f8-d6b813d51c27", "YubiKey Bio", SecurityKey),
    known("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello", Platform),
    known("9eb7eabc-9db5-49a1-b6c3-555a802093f4", "YubiKey 5 NFC", SecurityKey),
    known("9f0d8150-baa5-4c00-9299-ad62c8bb4e87", "GoTrust Idem Card", SecurityKey),
    known("9f77e279-a6e2-4d58-b700-31e5943c6a98", "HyperFIDO Pro", SecurityKey),
    known("9ff4cc65-6154-4fff-ba09-9e2af7882ad2", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("a02140b7-0cbd-42e1-a9b5-a39da2545114", "Feitian BioPass Plus", SecurityKey),
    known("a02167b9-ae71-4ac7-9a07-06432ebb6f1c", "YubiKey 5Ci", SecurityKey),
    known("a10c6dd9-465e-4226-8198-c7c44b91c555", "Kaspersky Password Manager", SyncedProvider),
    known("a25342c0-3cdc-4414-8e46-f4807fca511c", "YubiKey 5 NFC", SecurityKey),
    known("a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa", "Security Key NFC by Yubico", SecurityKey),
    known("a7fc3f84-86a3-4da4-a3d7-eb6485a066d8", "NEOWAVE Badgeo", SecurityKey),
    known("aa79f476-ea00-417e-9628-1e8365123922", "HID Crescendo 4000", SecurityKey),
    known("ab32f0c6-2239-afbb-c470-d2ef4e254db7", "Token2 security key", SecurityKey),
    known("ab7d1767-3fa0-4388-b6c4-feef7a844809", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("ad08c78a-4e41-49b9-86a2-ac15b06899e2", "YubiKey Bio", SecurityKey),
    known("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac", Platform),
    known("add92433-0d69-4026-8166-29b25bce64e9", "YubiKey Bio", SecurityKey),
    known("aeb6569c-f8fb-4950-ac60-24ca2bbe2e52", "HID Crescendo C2300", SecurityKey),
    known("b113a455-cfb6-4c17-8cba-cd952feb7d48", "SafeNet eToken FIDO NFC", SecurityKey),
    known("b2c1a50b-dad8-4dc7-ba4d-0ce9597904bc", "YubiKey 5 NFC Enhanced PIN", SecurityKey),
    known("b35a26b2-8f6e-4697-ab1d-d44db4da28c6", "Zoho Vault", SyncedProvider),
    known("b50d5e0a-7f81-4959-9b12-f45407407503", "Thales IDPrime 3940", SecurityKey),
    known("b5397666-4885-aa6b-cebf-e52262a439a2", "Chromium", Platform),
    known("b6ede29c-3772-412c-8a78-539c1f4c62d2", "Feitian BioPass Plus", SecurityKey),
    known("b78a0a55-6ef8-d246-a042-ba0f6d55050c", "LastPass", SyncedProvider),
    known("b7d3f68e-88a6-471e-9ecf-2df26d041ede", "Security Key NFC by Yubico", SecurityKey),
    known("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass", SyncedProvider),
    known("b90e7dc1-316e-4fee-a25a-56a666a670fe", "YubiKey 5Ci", SecurityKey),
    known("b92c3f9a-c014-4056-887f-140a2501163b", "Security Key by Yubico", SecurityKey),
    known("b93fd961-f2e6-462f-b122-82002247de78", "Android device", Platform),
    known("ba0a9266-40d8-4048-9786-d710b5474752", "YubiKey Bio Multi-protocol", SecurityKey),
    known("ba76a271-6eb6-4171-874d-b6428dbe3437", "ATKey.ProS", SecurityKey),
    known("bada5566-a7aa-401f-bd96-45619a55120d", "1Password", SyncedProvider),
    known("c1f9a0bc-1dd2-404a-b27f-8e29047a43fd", "YubiKey 5 NFC FIPS", SecurityKey),
    known("c3479970-e58a-4f70-836f-853bf42fb063", "YubiKey 5Ci", SecurityKey),
    known("c4ddaf11-3032-4e77-b3b9-3a340369b9ad", "HID Crescendo Fusion", SecurityKey),
    known("c5703116-972b-4851-a3e7-ae1259843399", "NEOWAVE Badgeo", SecurityKey),
    known("c5ef55ff-ad9a-4b9f-b580-adebafe026d0", "YubiKey 5Ci", SecurityKey),
    known("c611b55c-77b2-4527-8082-590e931b2f08", "GoTrust Idem Key", SecurityKey),
    known("c62100de-759b-4bf8-b22b-63b3e3a80401", "Token Ring 3", SecurityKey),
    known("c80dbd9a-533f-4a17-b941-1a2f1c7cedff", "HID Crescendo C3000", SecurityKey),
    known("ca4cff1b-5a81-4404-8194-59aabcf1660b", "Thales IDPrime 3930", SecurityKey),
    known("cb69481e-8ff7-4039-93ec-0a2729a154a8", "YubiKey 5", SecurityKey),
    known("d3452668-01fd-4c12-926c-83a4204853aa", "Microsoft Password Manager", SyncedProvider),
    known("d41f5a69-b817-4144-a13c-9ebd6d9254d6", "ATKey.Card", SecurityKey),
    known("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden", SyncedProvider),
    known("d6d0bdc3-62ee-c4db-de8d-7a656e4a4487", "Trezor Model T", SecurityKey),
    known("d716019a-9f4e-4041-9750-17c78f8ae81a", "SafeNet eToken Fusion Bio", SecurityKey),
    known("d7781e5d-e353-46aa-afe2-3ca49f13332a", "YubiKey 5 NFC", SecurityKey),
    known("d821a7d4-e97c-4cb6-bd82-4237731fd4be", "HyperFIDO Bio", SecurityKey),
    known("d8522d9f-575b-4866-88a9-ba99fa02f35b", "YubiKey Bio", SecurityKey),
    known("d94a29d9-52dd-4247-9c2d-8b818b610389", "Kensington VeriMark Guard", SecurityKey),
    known("d9be9d39-e6a6-4c28-a581-32b044d986e4", "Sticky Password", SyncedProvider),
    known("da1fa263-8b25-42b6-a820-c0036f21ba7f", "ATKey.Card NFC", SecurityKey),
    known("dc5e949d-f939-43b3-9877-a85c7186b753", "YubiKey Bio Multi-protocol", SecurityKey),
    known("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain (managed)", SyncedProvider),
    known("dd86a2da-86a0-4cbe-b462-4bd31f57bc6f", "YubiKey Bio", SecurityKey),
    known("de1e552d-db1d-4423-a619-566b625cdc84", "Microsoft Authenticator for Android", Platform),
    known("de503f9c-21a4-4f76-b4b7-558eb55c6f89", "Devolutions", SyncedProvider),
    known("e1a96183-5016-4f24-b55b-e3ae23614cc6", "ATKey.Pro", SecurityKey),
    known("e400ef8c-711d-4692-af46-7f2cf7da23ad", "Swissbit iShield Key 2", SecurityKey),
    known("e416201b-afeb-41ca-a03d-2281c28322aa", "ATKey.Pro", SecurityKey),
    known("e77e3c64-05e3-428b-8824-0cbeb04b829d", "Security Key NFC by Yubico", SecurityKey),
    known("e86addcd-7711-47e5-b42a-c18257b0bf61", "Thales IDCore 3121", SecurityKey),
    known("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager", SyncedProvider),
    known("eabb46cc-e241-80bf-ae9e-96fa6d2975cf", "Token2 PIN+", SecurityKey),
    known("eaecdef2-1c31-5634-8639-f1cbd9c00a08", "KeePassDX", SyncedProvider),
    known("eb7ef748-cbe0-4b40-b8f6-07bd2d592d35", "YubiKey 5 NFC CCN", SecurityKey),
    known("ec99db19-cd1f-4c06-a2a9-940f17a6a30b", "Nitrokey 3 NFC", SecurityKey),
    known("ed042a3a-4b22-4455-bb69-a267b652ae7e", "Security Key NFC by Yubico, Enterprise", SecurityKey),
    known("ee041bce-25e5-4cdb-8f86-897fd6418464", "Feitian ePass NFC", SecurityKey),
    known("ee7fa1e0-9539-432f-bd43-9c2fc6d4f311", "Kensington VeriMark NFC+", SecurityKey),
    known("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5", SecurityKey),
    known("efb96b10-a9ee-4b6c-a4a9-d32125ccd4a4", "SafeNet eToken FIDO", SecurityKey),
    known("f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass", SyncedProvider),
    known("f4ce5fc0-57d3-46f5-a736-efb7d5bc63b5", "YubiKey 5 NFC", SecurityKey),
    known("f8a011f3-8c0a-4d15-8006-17111f9edc7d", "Security Key by Yubico", SecurityKey),
    known("fa2b99dc-9e39-4257-8f92-4a30d23c4118", "YubiKey 5 NFC", SecurityKey),
    known("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain", SyncedProvider),
    known("fcb1bcb4-f370-078c-6993-bc24d0ae3fbe", "Ledger Nano X", SecurityKey),
    known("fcc0118f-cd45-435b-8da1-9782b2da0715", "YubiKey 5 NFC FIPS", SecurityKey),
    known("fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC", SyncedProvider),
    known("ff4dac45-ede8-4ec2-aced-cf66103f4335", "YubiKey 5", SecurityKey),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(aaguid: &str) -> Option<&'static str> {
        name_of(Uuid::parse_str(aaguid).unwrap()).map(|known| known.name)
    }

    #[test]
    fn the_table_is_sorted_without_repetition() {
        for pair in AUTHENTICATORS.windows(2) {
            assert!(pair[0].aaguid < pair[1].aaguid, "{} and {}", pair[0].aaguid, pair[1].aaguid);
        }
    }

    #[test]
    fn every_row_can_be_found_and_has_a_short_name() {
        for known in AUTHENTICATORS {
            assert_eq!(name_of(known.aaguid), Some(known));
            assert!((4..=50).contains(&known.name.len()), "{}", known.name);
            assert_eq!(known.name, known.name.trim());
        }
    }

    #[test]
    fn people_see_the_names_they_know() {
        assert_eq!(name("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), Some("iCloud Keychain"));
        assert_eq!(name("2fc0579f-8113-47ea-b116-bb5a8db9202a"), Some("YubiKey 5 NFC"));
        assert_eq!(name("08987058-cadc-4b81-b6e1-30de50dcbe96"), Some("Windows Hello"));
        assert_eq!(name("01020304-0506-0708-0102-030405060708"), Some("Virtual authenticator"));
    }

    #[test]
    fn unknown_and_unsaid_have_no_name() {
        assert_eq!(name_of(Uuid::nil()), None);
        assert_eq!(name_of(Uuid::max()), None);
        assert_eq!(name("00000000-0000-0000-0000-000000000001"), None);
    }
}

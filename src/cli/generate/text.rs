//! Texts that behave like real ones: common words are common, rare words are many (Zipf), in five languages.

use super::dice::Dice;

/// How many words a language has here. The first are real, the others are made of its syllables.
const WORDS: usize = 40_000;

/// A language with its words, the commonest first.
pub struct Tongue {
    pub code: &'static str,
    words: Vec<String>,
}

struct Source {
    code: &'static str,
    common: &'static str,
    syllables: &'static str,
}

const SOURCES: [Source; 5] = [
    Source {
        code: "en",
        common: "the to i you and a is my it for of in have that can order not me please on with be your this are do we \
            will was at if but so any when would like from get thank hello could there which what or delivery just one \
            out still up know address how help today time as has package am tomorrow size back already been need want \
            invoice number two received send payment email shipped day return refund week new card change sorry yes no \
            website color shop price date open cancel item phone wrong store where problem called customer pick name \
            best regards morning available stock account password booking appointment table people evening friday \
            monday warranty broken repair discount code voucher subscription update tracking courier box blue black \
            white large small medium coffee gift wrapped exchange receipt question answer waiting soon thanks great",
        syllables: "ta ser ing ble con ment ra li on pre der fi ca tion ster mo re al ver ty en lo per ish wo man ket",
    },
    Source {
        code: "es",
        common: "de que no el la mi a en y un es por lo me con para se pedido su una los pero gracias si hola ya buenos \
            días cuándo está puedo quiero tengo dirección envío mañana hoy las del al como más cuenta factura tarjeta \
            talla color cambio devolución pago ayuda favor correo número teléfono tienda llegado paquete semana lunes \
            viernes dos tres todavía nada algo precio código descuento reserva mesa personas noche tarde cita anular \
            recibido enviado artículo roto garantía reparación negro blanco azul grande pequeño regalo recibo pregunta \
            nombre saludos cordial disponible existencias contraseña suscripción seguimiento mensajero caja café",
        syllables: "ta ción re mar co sa der lla men do ra te ro ga li ver cha no mi to es bra po ción al tra ci da",
    },
    Source {
        code: "fr",
        common: "de je le la et vous à pas que un est pour ma en les mon une bonjour merci commande il ne si j'ai avec \
            sur plus mais des ce au dans livraison adresse quand peux puis votre être facture carte taille couleur \
            échange retour paiement aide courriel numéro téléphone magasin colis semaine lundi vendredi deux trois \
            encore rien prix code réduction réservation table personnes soir rendez-vous annuler reçu envoyé article \
            cassé garantie réparation noir blanc bleu grand petit cadeau question nom cordialement disponible stock",
        syllables: "tion re men che lai ou eur bou ver ma tra li son pe ri ne fa ble con age ette po ro di sa ci",
    },
    Source {
        code: "de",
        common: "ich die der und das ist nicht mein zu es ein sie für mit auf bestellung bitte haben wann wie noch danke \
            hallo kann den eine von im aber wenn lieferung adresse morgen heute rechnung karte größe farbe umtausch \
            rückgabe zahlung hilfe nummer telefon geschäft paket woche montag freitag zwei drei schon nichts preis \
            gutschein tisch personen abend termin stornieren erhalten geschickt artikel kaputt garantie reparatur \
            schwarz weiß blau groß klein geschenk frage name freundliche grüße verfügbar lager konto kennwort",
        syllables: "ver ung lich ge ten sch be er ein stel mer ha ren kei an wa tig den bau zu ker for fel ten rich",
    },
    Source {
        code: "pt",
        common: "de que o a não eu meu e um para com por em pedido obrigado olá quando posso quero tenho morada entrega \
            amanhã hoje fatura cartão tamanho cor troca devolução pagamento ajuda favor correio número telefone loja \
            chegou encomenda semana segunda sexta dois três ainda nada preço código desconto reserva mesa pessoas noite \
            tarde marcação cancelar recebido enviado artigo partido garantia reparação preto branco azul grande pequeno",
        syllables: "ção ta ra mento do li re ver sa co ma te ro nha lho ga po da men ci to es bra al mi no di fa",
    },
];

/// What people write in scripts that need no spaces, sentence by sentence.
const OTHERS: [(&str, &[&str]); 2] = [
    (
        "ja",
        &[
            "注文はいつ届きますか。",
            "返金をお願いします。",
            "サイズを交換できますか。",
            "ありがとうございます。",
            "住所を変更したいです。",
            "予約は明日の夜です。",
        ],
    ),
    (
        "ar",
        &[
            "متى يصل الطلب؟",
            "أريد استرداد المبلغ من فضلك.",
            "شكرا جزيلا.",
            "هل يمكن تغيير العنوان؟",
            "لم أستلم الطرد بعد.",
        ],
    ),
];

/// Everything that texts are made of.
pub struct Library {
    tongues: Vec<Tongue>,
}

impl Library {
    /// Makes the words of every language; the same for ever.
    pub fn new() -> Library {
        let tongues = SOURCES.iter().map(|source| {
            let mut words: Vec<String> = source.common.split_whitespace().map(str::to_owned).collect();
            let syllables: Vec<&str> = source.syllables.split_whitespace().collect();
            let mut dice = Dice::new(u64::from(source.code.as_bytes()[0]));
            while words.len() < WORDS {
                let length = 2 + dice.below(3);
                words.push((0..length).map(|_| *dice.one(&syllables)).collect());
            }
            Tongue { code: source.code, words }
        });
        Library { tongues: tongues.collect() }
    }

    /// The languages, by number: those with words of their own, then the others.
    pub fn code(&self, language: u8) -> &'static str {
        let number = usize::from(language);
        self.tongues
            .get(number)
            .map_or_else(|| OTHERS[(number - self.tongues.len()) % OTHERS.len()].0, |t| t.code)
    }

    /// A language, English and Spanish most often.
    pub fn language(&self, dice: &mut Dice) -> u8 {
        const LIKELY: [u8; 16] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6];
        *dice.one(&LIKELY)
    }

    /// A message: a few sentences, now and then with an order's number or an address of a page.
    pub fn message(&self, language: u8, dice: &mut Dice) -> String {
        let sentences = 1 + dice.rank(7);
        let mut text = String::with_capacity(sentences * 60);
        for number in 0..sentences {
            if number > 0 {
                text.push(' ');
            }
            match self.tongues.get(usize::from(language)) {
                Some(tongue) => tongue.sentence(&mut text, dice),
                None => text.push_str(
                    dice.one::<&str>(OTHERS[(usize::from(language) - self.tongues.len()) % OTHERS.len()].1),
                ),
            }
        }
        if dice.chance(0.12) {
            text.push_str(&format!(" A{}", 10_000 + dice.below(900_000)));
        } else if dice.chance(0.03) {
            text.push_str(&format!(" https://shop.example.org/p/{}", dice.below(50_000)));
        }
        text
    }
}

impl Tongue {
    fn sentence(&self, text: &mut String, dice: &mut Dice) {
        let length = 4 + dice.below(12);
        for place in 0..length {
            let word = &self.words[dice.rank(self.words.len())];
            if place == 0 {
                let mut letters = word.chars();
                text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                text.push_str(letters.as_str());
            } else {
                text.push_str(if dice.chance(0.06) { ", " } else { " " });
                text.push_str(word);
            }
        }
        text.push(if dice.chance(0.25) { '?' } else { '.' });
    }
}
